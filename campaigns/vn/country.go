package vn

import "strings"

// countries maps what rosters write to ISO 3166-1 codes: Vietnamese names in their several spellings, English names,
// own names and common short forms, all as comparison keys. Vietnam itself is in it.
var countries = buildCountries()

func buildCountries() map[string]string {
	m := make(map[string]string, 300)
	for iso, names := range countryNames {
		for _, name := range strings.Split(names, ",") {
			m[name] = iso
		}
	}
	return m
}

var countryNames = map[string]string{
	"VN": "viet nam,vietnam,trong nuoc",
	"AE": "uae,u.a.e,tieu vuong quoc a rap thong nhat,cac tieu vuong quoc a rap thong nhat,a rap thong nhat,dubai,abu dhabi,united arab emirates",
	"AO": "ang go la,angola", "AR": "ac hen ti na,argentina", "AT": "ao,austria", "AU": "uc,o xtray li a,australia",
	"BD": "bang la det,bangladesh", "BE": "bi,belgium", "BG": "bun ga ri,bulgaria", "BH": "ba ranh,bahrain", "BN": "bru nay,brunei",
	"BR": "bra xin,brazil,brasil", "BY": "be la rut,belarus,bach nga", "CA": "ca na da,canada", "CH": "thuy si,thuy sy,switzerland",
	"CL": "chi le,chile", "CN": "trung quoc,china,tq", "CU": "cu ba,cuba", "CY": "sip,dao sip,cyprus",
	"CZ": "sec,cong hoa sec,tiep,tiep khac,czech,czech republic,czechia",
	"DE": "duc,cong hoa lien bang duc,chlb duc,germany,deutschland", "DK": "dan mach,denmark", "DZ": "an gie ri,algeria,algieri",
	"EE": "e xto ni a,estonia", "EG": "ai cap,egypt", "ES": "tay ban nha,spain", "FI": "phan lan,finland", "FR": "phap,france",
	"GB": "anh,anh quoc,vuong quoc anh,uk,england,united kingdom,great britain", "GR": "hy lap,greece", "HK": "hong kong,hongkong,hong cong,huong cang",
	"HR": "croatia,croat ti a", "HU": "hung ga ri,hungary", "ID": "in do ne xi a,indonesia,nam duong", "IE": "ai len,ireland,ai-len",
	"IL": "i xra en,israel,ixraen,do thai", "IN": "an do,india", "IQ": "i rac,iraq", "IR": "iran,i ran", "IT": "y,italia,italy,i ta li a",
	"JO": "gioc da ni,jordan", "JP": "nhat,nhat ban,japan", "KH": "cam pu chia,campuchia,cambodia,cpc",
	"KR": "han quoc,han,hq,dai han dan quoc,south korea,korea,nam han,nam trieu tien",
	"KP": "trieu tien,bac trieu tien,north korea", "KW": "co oet,kuwait,cooet", "KZ": "ca dac xtan,kazakhstan", "LA": "lao,laos",
	"LT": "lit va,litva,lithuania", "LV": "lat vi a,latvia", "LY": "li bi,libya", "MA": "ma roc,maroc,morocco", "MM": "mi an ma,myanmar,mien dien",
	"MN": "mong co,mongolia", "MO": "ma cao,macao,macau", "MT": "man ta,malta", "MX": "me hi co,mexico",
	"MY": "ma lai xi a,malaysia,ma lai,ma-lai-xi-a,malaixia",
	"MZ": "mo dam bich,mozambique", "NG": "ni gie ri a,nigeria", "NL": "ha lan,netherlands,holland", "NO": "na uy,nauy,norway",
	"NZ": "niu di lan,new zealand,newzealand,niu zi lan",
	"OM": "o man,oman", "PH": "phi lip pin,philippines,philippin", "PK": "pa ki xtan,pakistan", "PL": "ba lan,poland", "PT": "bo dao nha,portugal",
	"PW": "palau,pa lau", "QA": "ca ta,qatar,cata", "RO": "ru ma ni,rumani,romania", "RS": "xec bi a,serbia,xecbia",
	"RU": "nga,lien bang nga,lb nga,russia",
	"SA": "a rap xe ut,a rap saudi,a rap xe-ut,arap xeut,a-rap xe-ut,saudi arabia,saudi", "SE": "thuy dien,sweden",
	"SG": "xin ga po,singapore,sing,xingapo",
	"SI": "xlo ve ni a,slovenia", "SK": "xlo va ki a,slovakia,xlovakia", "TH": "thai lan,thailand,thai", "TL": "dong timor,timor leste",
	"TR": "tho nhi ky,turkey,turkiye", "TW": "dai loan,taiwan,dl,trung hoa dan quoc,dai bac", "TZ": "tan da ni a,tanzania",
	"UA": "u crai na,ukraine,ucraina,ukraina",
	"US": "my,hoa ky,hop chung quoc hoa ky,usa,u.s.a,u.s,united states,america,united states of america", "UZ": "u do be ki xtan,uzbekistan",
	"ZA": "nam phi,south africa",
}

// ParseCountry reads the name of a country, or its ISO code. MY and AO in capitals could be Malaysia and Angola, or Mỹ
// and Áo without their marks: they are not read.
func ParseCountry(cell string) (iso2 string, ok bool) {
	text, _ := CleanText(cell)
	key := strings.Trim(Fold(text), ".()")
	if len(text) == 2 {
		code := strings.ToUpper(text)
		_, isCode := countryNames[code]
		switch _, isName := countries[key]; {
		case isCode && isName:
			return "", false
		case isCode:
			return code, true
		}
	}
	if iso2, ok = countries[key]; ok {
		return iso2, true
	}
	for _, lead := range []string{"nuoc ", "o ", "tai ", "ben ", "xkld ", "cong hoa ", "lao dong ", "vuong quoc "} {
		if rest, found := strings.CutPrefix(key, lead); found {
			iso2, ok = countries[rest]
			return iso2, ok
		}
	}
	iso2, ok = countries[strings.ReplaceAll(key, "-", " ")]
	return iso2, ok
}
