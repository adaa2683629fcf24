// Cities with their real centres, categories with what is sold there, names of people.

#include <array>

#include "seed/words.h"

namespace sluice::seed {
namespace {

using View = std::string_view;

constexpr std::array kCities{
    City{"上海", true, 31'230'400, 121'473'700, 14}, City{"北京", true, 39'904'200, 116'407'400, 13},
    City{"成都", true, 30'572'800, 104'066'800, 10}, City{"广州", true, 23'129'100, 113'264'400, 9},
    City{"深圳", true, 22'543'100, 114'057'900, 9},  City{"杭州", true, 30'274'100, 120'155'100, 8},
    City{"重庆", true, 29'563'000, 106'551'600, 7},  City{"武汉", true, 30'592'800, 114'305'500, 6},
    City{"西安", true, 34'341'600, 108'939'800, 5},  City{"南京", true, 32'060'300, 118'796'900, 5},
    City{"苏州", true, 31'298'900, 120'585'300, 4},  City{"长沙", true, 28'228'200, 112'938'800, 4},
    City{"天津", true, 39'343'400, 117'361'600, 3},  City{"青岛", true, 36'067'100, 120'382'600, 3},
    City{"厦门", true, 24'479'800, 118'089'400, 2},  City{"昆明", true, 25'038'900, 102'718'300, 2},
    City{"London", false, 51'507'400, -127'800, 4},  City{"New York", false, 40'712'800, -74'006'000, 4},
    City{"Singapore", false, 1'352'100, 103'819'800, 3}, City{"Sydney", false, -33'868'800, 151'209'300, 2},
    City{"San Francisco", false, 37'774'900, -122'419'400, 2}, City{"Leeds", false, 53'800'800, -1'549'100, 1},
};

constexpr std::array<View, 4> kHotpotZh{"老火锅", "火锅", "牛油火锅", "鲜毛肚火锅"};
constexpr std::array<View, 3> kHotpotEn{"Hotpot", "Hotpot House", "Sichuan Hotpot"};
constexpr std::array<View, 6> kHotpotGoodsZh{"双人毛肚套餐", "四人牛油锅底套餐", "鲜切黄喉", "手打虾滑", "酥肉", "冰粉"};
constexpr std::array<View, 4> kHotpotGoodsEn{"Hotpot for two", "Hotpot for four", "Fresh tripe", "Shrimp paste"};
constexpr std::array<View, 4> kCoffeeZh{"咖啡", "咖啡馆", "手冲咖啡", "咖啡实验室"};
constexpr std::array<View, 4> kCoffeeEn{"Coffee", "Coffee Roasters", "Espresso Bar", "Cafe"};
constexpr std::array<View, 5> kCoffeeGoodsZh{"拿铁", "手冲耶加雪菲", "燕麦拿铁", "冷萃", "可颂"};
constexpr std::array<View, 5> kCoffeeGoodsEn{"Flat white", "Pour-over Yirgacheffe", "Cold brew", "Croissant", "House blend, 250 g"};
constexpr std::array<View, 4> kSichuanZh{"川菜馆", "家常菜", "小馆", "私房菜"};
constexpr std::array<View, 3> kSichuanEn{"Sichuan Kitchen", "Szechuan", "Chilli House"};
constexpr std::array<View, 6> kSichuanGoodsZh{"水煮鱼", "麻婆豆腐", "回锅肉", "宫保鸡丁", "夫妻肺片", "双人套餐"};
constexpr std::array<View, 4> kSichuanGoodsEn{"Mapo tofu", "Boiled fish in chilli oil", "Kung pao chicken", "Set menu for two"};
constexpr std::array<View, 4> kNoodleZh{"面馆", "牛肉面", "小面", "拉面"};
constexpr std::array<View, 4> kNoodleEn{"Noodles", "Noodle Bar", "Ramen", "Hand-pulled Noodles"};
constexpr std::array<View, 5> kNoodleGoodsZh{"招牌牛肉面", "豌杂面", "豚骨拉面", "卤蛋", "抄手"};
constexpr std::array<View, 4> kNoodleGoodsEn{"Beef noodle soup", "Dan dan noodles", "Tonkotsu ramen", "Wontons"};
constexpr std::array<View, 3> kGrillZh{"烧烤", "烤肉", "深夜烧烤"};
constexpr std::array<View, 3> kGrillEn{"Grill", "Barbecue", "Smokehouse"};
constexpr std::array<View, 5> kGrillGoodsZh{"羊肉串", "烤茄子", "烤鸡翅", "蒜蓉生蚝", "烤肉拼盘"};
constexpr std::array<View, 4> kGrillGoodsEn{"Lamb skewers", "Grilled wings", "Brisket plate", "Mixed grill"};
constexpr std::array<View, 4> kSweetZh{"甜品", "糖水铺", "烘焙", "蛋糕店"};
constexpr std::array<View, 3> kSweetEn{"Bakery", "Patisserie", "Desserts"};
constexpr std::array<View, 5> kSweetGoodsZh{"杨枝甘露", "双皮奶", "巴斯克芝士蛋糕", "草莓蛋糕", "蛋挞"};
constexpr std::array<View, 4> kSweetGoodsEn{"Basque cheesecake", "Egg tarts", "Strawberry cake", "Sourdough loaf"};
constexpr std::array<View, 3> kBookZh{"书店", "书局", "旧书店"};
constexpr std::array<View, 3> kBookEn{"Books", "Bookshop", "Second-hand Books"};
constexpr std::array<View, 4> kBookGoodsZh{"盲选书袋", "帆布包", "手账本", "读书会门票"};
constexpr std::array<View, 4> kBookGoodsEn{"Blind date with a book", "Canvas tote", "Notebook", "Reading group ticket"};
constexpr std::array<View, 3> kHairZh{"造型", "美发沙龙", "理发店"};
constexpr std::array<View, 3> kHairEn{"Hair", "Barbers", "Hair Studio"};
constexpr std::array<View, 4> kHairGoodsZh{"洗剪吹", "染发套餐", "头皮护理", "烫发套餐"};
constexpr std::array<View, 3> kHairGoodsEn{"Cut and finish", "Full colour", "Scalp treatment"};
constexpr std::array<View, 3> kGymZh{"健身", "健身工作室", "瑜伽馆"};
constexpr std::array<View, 3> kGymEn{"Gym", "Fitness", "Yoga Studio"};
constexpr std::array<View, 4> kGymGoodsZh{"私教体验课", "月卡", "瑜伽次卡", "体态评估"};
constexpr std::array<View, 3> kGymGoodsEn{"Trial session", "Monthly pass", "Ten yoga classes"};
constexpr std::array<View, 3> kStoreZh{"数码", "家居生活馆", "杂货铺"};
constexpr std::array<View, 3> kStoreEn{"Electronics", "Homeware", "General Store"};
constexpr std::array<View, 5> kStoreGoodsZh{"降噪耳机", "机械键盘", "铸铁锅", "台灯", "保温杯"};
constexpr std::array<View, 4> kStoreGoodsEn{"Noise-cancelling headphones", "Mechanical keyboard", "Cast-iron pan", "Desk lamp"};

constexpr std::array kCategories{
    Category{"火锅", "hotpot", kHotpotZh, kHotpotEn, kHotpotGoodsZh, kHotpotGoodsEn, 1'900, 39'900, 14},
    Category{"咖啡", "coffee", kCoffeeZh, kCoffeeEn, kCoffeeGoodsZh, kCoffeeGoodsEn, 1'500, 12'800, 16},
    Category{"川菜", "sichuan", kSichuanZh, kSichuanEn, kSichuanGoodsZh, kSichuanGoodsEn, 2'800, 29'800, 14},
    Category{"面馆", "noodles", kNoodleZh, kNoodleEn, kNoodleGoodsZh, kNoodleGoodsEn, 600, 4'800, 15},
    Category{"烧烤", "grill", kGrillZh, kGrillEn, kGrillGoodsZh, kGrillGoodsEn, 900, 25'800, 11},
    Category{"甜品", "desserts", kSweetZh, kSweetEn, kSweetGoodsZh, kSweetGoodsEn, 800, 26'800, 10},
    Category{"书店", "books", kBookZh, kBookEn, kBookGoodsZh, kBookGoodsEn, 1'900, 9'900, 4},
    Category{"美发", "hair", kHairZh, kHairEn, kHairGoodsZh, kHairGoodsEn, 3'800, 68'800, 6},
    Category{"健身", "fitness", kGymZh, kGymEn, kGymGoodsZh, kGymGoodsEn, 5'900, 99'900, 5},
    Category{"好物", "shopping", kStoreZh, kStoreEn, kStoreGoodsZh, kStoreGoodsEn, 3'900, 199'900, 5},
};

constexpr std::array<View, 24> kSurnames{
    "wang", "li", "zhang", "liu", "chen", "yang", "zhao", "huang", "zhou", "wu", "xu", "sun",
    "smith", "jones", "brown", "taylor", "evans", "khan", "garcia", "lee", "patel", "novak", "muller", "rossi"};
constexpr std::array<View, 24> kGivenNames{
    "wei", "min", "jing", "lei", "fang", "yan", "tao", "jun", "hui", "xin", "yu", "mei",
    "ann", "bob", "eve", "tom", "kate", "sam", "lucy", "max", "nina", "omar", "ruth", "leo"};

}  // namespace

std::span<const City> cities() { return kCities; }
std::span<const Category> categories() { return kCategories; }
Words surnames() { return kSurnames; }
Words given_names() { return kGivenNames; }

}  // namespace sluice::seed
