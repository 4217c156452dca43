package api

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/internal/access"
)

// csrfHeader carries what binds a request to its session; a page of another site cannot know it.
const csrfHeader = "Loa-CSRF"

// actorHeader names the person who acts with a key. For a session the program writes it itself.
const actorHeader = "Loa-Actor"

// deviceLasts is how long a browser is known as one from which somebody has signed in.
const deviceLasts = 180 * 24 * time.Hour

// visit is what a request brings along besides its body, and the cookies that its answer shall set.
type visit struct {
	access.Visit
	secure bool
	jar    []*fiber.Cookie
}

type visitKey struct{}

// visitOf returns the visit of a request.
func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	if v == nil {
		v = &visit{}
	}
	return v
}

// cookieName is the name of a cookie: over TLS one that only this host could set; on plain loopback http browsers refuse
// such a name.
func (v *visit) cookieName(name string) string {
	if v.secure {
		return "__Host-" + name
	}
	return name
}

// keep tells the browser what to keep of a step of signing in.
func (v *visit) keep(in access.SignedIn) {
	v.put("loa", in.Session, 0)
	if in.Device != "" {
		v.put("loa-device", in.Device, deviceLasts)
	}
}

// forget takes the session from the browser. Its mark as a known device stays.
func (v *visit) forget() { v.put("loa", "", -time.Second) }

func (v *visit) put(name, value string, lasts time.Duration) {
	c := &fiber.Cookie{Name: v.cookieName(name), Value: value, Path: "/", HTTPOnly: true, Secure: v.secure, SameSite: fiber.CookieSameSiteLaxMode,
		MaxAge: int(lasts / time.Second), SessionOnly: lasts == 0}
	if lasts < 0 {
		c.Expires = time.Unix(1, 0)
	}
	v.jar = append(v.jar, c)
}

// visiting reads what comes with a request and sets the cookies of its answer.
func (a *API) visiting(c *fiber.Ctx) error {
	v := &visit{secure: !a.PlainCookie}
	v.From, v.Agent = a.clientAddr(c), strings.ToValidUTF8(c.Get(fiber.HeaderUserAgent), "")
	v.Session, v.Device = c.Cookies(v.cookieName("loa")), c.Cookies(v.cookieName("loa-device"))
	c.SetUserContext(context.WithValue(c.UserContext(), visitKey{}, v))
	err := c.Next()
	for _, cookie := range v.jar {
		c.Cookie(cookie)
	}
	return err
}

// clientAddr is where a request comes from: the other end of the connection, or what a declared proxy says of it. Only the
// last address counts, the one that our own proxy has added.
func (a *API) clientAddr(c *fiber.Ctx) string { return ClientAddr(c, a.Proxies) }

// ClientAddr is where a request comes from, as clientAddr says it, for whoever serves beside the API.
func ClientAddr(c *fiber.Ctx, proxies []string) string {
	ip := c.Context().RemoteIP()
	if !slices.Contains(proxies, ip.String()) {
		return ip.String()
	}
	said := strings.Split(c.Get(fiber.HeaderXForwardedFor), ",")
	if addr, err := netip.ParseAddr(strings.TrimSpace(said[len(said)-1])); err == nil {
		return addr.Unmap().String()
	}
	return ip.String()
}

// errCrossSite and errCSRF are the refusals of what a page of another site may have sent.
var (
	errCrossSite = errors.New("the request comes from another site")
	errCSRF      = errors.New("the request does not carry its session's token")
)

// sameSite refuses what a page of another site makes a browser send (as net/http.CrossOriginProtection does). What is no
// browser sends neither header.
func sameSite(c *fiber.Ctx) error {
	switch c.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return nil
	case "":
	default:
		return errCrossSite
	}
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" {
		return nil
	}
	u, err := url.Parse(origin)
	// The Host header itself: c.Hostname would believe X-Forwarded-Host.
	if err != nil || !sameHost(u, string(c.Context().Host())) {
		return errCrossSite
	}
	return nil
}

// sameHost compares hosts; the port that goes without saying may be said on one side only.
func sameHost(origin *url.URL, host string) bool {
	usual := map[string]string{"http": "80", "https": "443"}[origin.Scheme]
	if usual == "" {
		return false
	}
	return strings.EqualFold(withPort(origin.Host, usual), withPort(host, usual))
}

func withPort(host, usual string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return host + ":" + usual
}

// changes says whether a method may change something.
func changes(method string) bool {
	return method != fiber.MethodGet && method != fiber.MethodHead && method != fiber.MethodOptions
}

// bySession finds the caller of a request that brings a session. The person who has signed in is the person who acts: what
// the request says of its own is written over.
func (a *API) bySession(ctx context.Context, c *fiber.Ctx) (access.Caller, error) {
	if changes(c.Method()) {
		if err := sameSite(c); err != nil {
			return access.Caller{}, err
		}
	}
	caller, err := a.Office.Check(ctx, visitOf(c.UserContext()).Visit)
	if err != nil {
		return access.Caller{}, err
	}
	if changes(c.Method()) && !access.SameCSRF(caller.CSRF, c.Get(csrfHeader)) {
		return access.Caller{}, errCSRF
	}
	c.Request().Header.Set(actorHeader, caller.Actor())
	return caller, nil
}

// findCaller says who asks: whoever holds the key, or has the session, that came with the request. The first steps of
// signing in are taken by nobody yet.
func (a *API) findCaller(ctx context.Context, c *fiber.Ctx) (access.Caller, error) {
	header := c.Get(fiber.HeaderAuthorization)
	switch {
	case a.Office != nil && slices.Contains(openPaths, c.Path()):
		return access.Caller{}, sameSite(c)
	case header != "":
		return a.Keys.Check(ctx, header, visitOf(c.UserContext()).From)
	case a.Office != nil && visitOf(c.UserContext()).Session != "":
		return a.bySession(ctx, c)
	}
	return access.Caller{}, access.ErrUnknownKey
}
