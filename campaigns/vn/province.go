package vn

// BirthCode is a province as it stood when birth numbers were given out: the first three digits of an identification
// number name where the birth was registered (Circular 07/2016/TT-BCA, Annex 1). The codes live on after the mergers.
type BirthCode struct {
	Code    string // three digits
	OldName string // the province before 1 July 2025
}

// Province is one of the 34 provinces and cities of today.
type Province struct {
	Code       string // two digits, of the statistics office
	Name       string
	Kind       string // tinh or thanh_pho
	Units      int    // communes, wards and special zones in August 2026
	BirthCodes []BirthCode
}

const (
	kindProvince = "tinh"
	kindCity     = "thanh_pho"
)

// provinces follows the merger of 1 July 2025 and resolution 30/2026/QH16, which made Đồng Nai a city. Seven provinces
// keep a familiar name but carry the code of another old province (15, 24, 44, 52, 80, 82, 91): a birth code is never
// turned into a province of today by its digits, only by this table (domain.md §2.2).
var provinces = []Province{
	{"01", "Hà Nội", kindCity, 126, []BirthCode{{"001", "Hà Nội"}}},
	{"04", "Cao Bằng", kindProvince, 56, []BirthCode{{"004", "Cao Bằng"}}},
	{"08", "Tuyên Quang", kindProvince, 124, []BirthCode{{"008", "Tuyên Quang"}, {"002", "Hà Giang"}}},
	{"11", "Điện Biên", kindProvince, 45, []BirthCode{{"011", "Điện Biên"}}},
	{"12", "Lai Châu", kindProvince, 38, []BirthCode{{"012", "Lai Châu"}}},
	{"14", "Sơn La", kindProvince, 75, []BirthCode{{"014", "Sơn La"}}},
	{"15", "Lào Cai", kindProvince, 99, []BirthCode{{"010", "Lào Cai"}, {"015", "Yên Bái"}}},
	{"19", "Thái Nguyên", kindProvince, 92, []BirthCode{{"019", "Thái Nguyên"}, {"006", "Bắc Kạn"}}},
	{"20", "Lạng Sơn", kindProvince, 65, []BirthCode{{"020", "Lạng Sơn"}}},
	{"22", "Quảng Ninh", kindProvince, 54, []BirthCode{{"022", "Quảng Ninh"}}},
	{"24", "Bắc Ninh", kindProvince, 99, []BirthCode{{"027", "Bắc Ninh"}, {"024", "Bắc Giang"}}},
	{"25", "Phú Thọ", kindProvince, 148, []BirthCode{{"025", "Phú Thọ"}, {"026", "Vĩnh Phúc"}, {"017", "Hòa Bình"}}},
	{"31", "Hải Phòng", kindCity, 114, []BirthCode{{"031", "Hải Phòng"}, {"030", "Hải Dương"}}},
	{"33", "Hưng Yên", kindProvince, 104, []BirthCode{{"033", "Hưng Yên"}, {"034", "Thái Bình"}}},
	{"37", "Ninh Bình", kindProvince, 129, []BirthCode{{"037", "Ninh Bình"}, {"035", "Hà Nam"}, {"036", "Nam Định"}}},
	{"38", "Thanh Hóa", kindProvince, 166, []BirthCode{{"038", "Thanh Hóa"}}},
	{"40", "Nghệ An", kindProvince, 130, []BirthCode{{"040", "Nghệ An"}}},
	{"42", "Hà Tĩnh", kindProvince, 69, []BirthCode{{"042", "Hà Tĩnh"}}},
	{"44", "Quảng Trị", kindProvince, 78, []BirthCode{{"045", "Quảng Trị"}, {"044", "Quảng Bình"}}},
	{"46", "Huế", kindCity, 40, []BirthCode{{"046", "Thừa Thiên Huế"}}},
	{"48", "Đà Nẵng", kindCity, 94, []BirthCode{{"048", "Đà Nẵng"}, {"049", "Quảng Nam"}}},
	{"51", "Quảng Ngãi", kindProvince, 96, []BirthCode{{"051", "Quảng Ngãi"}, {"062", "Kon Tum"}}},
	{"52", "Gia Lai", kindProvince, 135, []BirthCode{{"064", "Gia Lai"}, {"052", "Bình Định"}}},
	{"56", "Khánh Hòa", kindProvince, 65, []BirthCode{{"056", "Khánh Hòa"}, {"058", "Ninh Thuận"}}},
	{"66", "Đắk Lắk", kindProvince, 102, []BirthCode{{"066", "Đắk Lắk"}, {"054", "Phú Yên"}}},
	{"68", "Lâm Đồng", kindProvince, 124, []BirthCode{{"068", "Lâm Đồng"}, {"067", "Đắk Nông"}, {"060", "Bình Thuận"}}},
	{"75", "Đồng Nai", kindCity, 95, []BirthCode{{"075", "Đồng Nai"}, {"070", "Bình Phước"}}},
	{"79", "Hồ Chí Minh", kindCity, 168, []BirthCode{{"079", "Hồ Chí Minh"}, {"074", "Bình Dương"}, {"077", "Bà Rịa - Vũng Tàu"}}},
	{"80", "Tây Ninh", kindProvince, 96, []BirthCode{{"072", "Tây Ninh"}, {"080", "Long An"}}},
	{"82", "Đồng Tháp", kindProvince, 102, []BirthCode{{"087", "Đồng Tháp"}, {"082", "Tiền Giang"}}},
	{"86", "Vĩnh Long", kindProvince, 124, []BirthCode{{"086", "Vĩnh Long"}, {"083", "Bến Tre"}, {"084", "Trà Vinh"}}},
	{"91", "An Giang", kindProvince, 102, []BirthCode{{"089", "An Giang"}, {"091", "Kiên Giang"}}},
	{"92", "Cần Thơ", kindCity, 103, []BirthCode{{"092", "Cần Thơ"}, {"093", "Hậu Giang"}, {"094", "Sóc Trăng"}}},
	{"96", "Cà Mau", kindProvince, 64, []BirthCode{{"096", "Cà Mau"}, {"095", "Bạc Liêu"}}},
}

// birthPlace points from a birth code into the table.
type birthPlace struct{ province, code int }

var birthPlaces = buildBirthPlaces()

func buildBirthPlaces() map[string]birthPlace {
	m := make(map[string]birthPlace, 63)
	for i, p := range provinces {
		for j, b := range p.BirthCodes {
			m[b.Code] = birthPlace{i, j}
		}
	}
	return m
}

// Provinces returns the 34 provinces and cities in the order of their codes. The slice is the caller's own.
func Provinces() []Province {
	out := make([]Province, len(provinces))
	for i, p := range provinces {
		out[i] = p.clone()
	}
	return out
}

func (p Province) clone() Province {
	p.BirthCodes = append([]BirthCode(nil), p.BirthCodes...)
	return p
}

// ProvinceByCode finds a province of today by its two digits.
func ProvinceByCode(code string) (Province, bool) {
	for _, p := range provinces {
		if p.Code == code {
			return p.clone(), true
		}
	}
	return Province{}, false
}

// ProvinceByBirthCode finds where the place of a birth code lies today. It says where a birth was registered, never
// where somebody lives.
func ProvinceByBirthCode(ppp string) (Province, BirthCode, bool) {
	at, ok := birthPlaces[ppp]
	if !ok {
		return Province{}, BirthCode{}, false
	}
	p := provinces[at.province].clone()
	return p, p.BirthCodes[at.code], true
}
