#include <array>

#include "seed/words.h"

namespace sluice::seed {
namespace {

using View = std::string_view;

constexpr std::array<View, 14> kStarts{"老", "小", "阿", "大", "新", "蜀", "山城", "江南", "城南", "巷子里", "半亩", "三味", "一品", "九号"};
constexpr std::array<View, 20> kCores{"张记", "李记", "龙坎", "福满", "云上", "青禾", "拾光", "有间", "木兰", "知味",
                                      "望江", "锦里", "渔舟", "半山", "南风", "初见", "小满", "食光", "月白", "长安"};
constexpr std::array<View, 16> kBranches{"人民路店", "解放碑店", "春熙路店", "南京西路店", "中关村店", "天河店", "湖滨店", "万达店",
                                         "大学城店", "老街店", "高新店", "火车站店", "万象城店", "江边店", "总店", "旗舰店"};

constexpr std::array<View, 6> kOpenBad{"太失望了。", "踩雷了，不会再来。", "期望越大失望越大。", "朋友推荐来的，结果很一般。", "等了一个多小时，心情全没了。", "和照片差太多。"};
constexpr std::array<View, 6> kOpenFair{"中规中矩吧。", "路过进来试试。", "整体还行，没有想象中惊艳。", "第二次来了，水平不太稳定。", "味道可以，就是有点吵。", "性价比一般。"};
constexpr std::array<View, 8> kOpenGood{"终于打卡成功！", "太喜欢了，已经是第三次来。", "朋友聚会首选。", "排队半小时也值得。", "住在附近，常来的一家。", "超出预期！", "来出差特意找过来的。", "一如既往地稳定。"};
constexpr std::array<View, 5> kGoodsBad{"%很一般，不值这个价。", "点了%，感觉不新鲜。", "%做得太咸了。", "%等了四十分钟才上。", "%和描述不符。"};
constexpr std::array<View, 5> kGoodsFair{"%还可以。", "%味道中等，分量足。", "%偏淡，其他正常。", "%一般，但价格便宜。", "%可以试试。"};
constexpr std::array<View, 7> kGoodsGood{"%真的绝了！", "强烈推荐%。", "%又新鲜又足量。", "每次必点%。", "%是全场最佳。", "%口感很好，孩子也喜欢。", "%的水准很高。"};
constexpr std::array<View, 4> kServiceBad{"服务员爱理不理。", "叫了三次才有人过来。", "结账还算错了。", "店员态度很差。"};
constexpr std::array<View, 4> kServiceFair{"服务正常。", "人手有点不够，上得慢。", "服务中规中矩。", "店员还算客气。"};
constexpr std::array<View, 5> kServiceGood{"服务很热情。", "店员会主动加水，很贴心。", "老板人很好，还送了小菜。", "上得很快。", "讲解得很耐心。"};
constexpr std::array<View, 4> kPlaceBad{"环境嘈杂，桌子油腻。", "空调不给力。", "位置太难找。", "卫生堪忧。"};
constexpr std::array<View, 4> kPlaceFair{"环境一般。", "地方不大，周末要排队。", "停车不太方便。", "装修普通，干净。"};
constexpr std::array<View, 5> kPlaceGood{"环境干净，很适合拍照。", "地铁口出来走两分钟。", "装修有心思，灯光舒服。", "位置宽敞，带老人来也方便。", "闹中取静。"};
constexpr std::array<View, 4> kCloseBad{"不推荐。", "给一星都嫌多。", "希望能改进。", "拉黑了。"};
constexpr std::array<View, 4> kCloseFair{"可以再给一次机会。", "附近的话可以来。", "三星吧。", "看看后续会不会变好。"};
constexpr std::array<View, 5> kCloseGood{"下次还来！", "已经推荐给同事了。", "五星好评。", "会带爸妈再来。", "值得专程来一趟。"};
constexpr std::array<View, 5> kDescriptions{"招牌推荐，每日限量。", "现点现做，到店即用。", "周末节假日通用，无需预约。", "新客专享，一人一份。", "提前一天预约更佳。"};

constexpr Language kChinese{
    kStarts, kCores, kBranches,
    {kOpenBad, kOpenFair, kOpenGood},
    {kGoodsBad, kGoodsFair, kGoodsGood},
    {kServiceBad, kServiceFair, kServiceGood},
    {kPlaceBad, kPlaceFair, kPlaceGood},
    {kCloseBad, kCloseFair, kCloseGood},
    kDescriptions, ""};

}  // namespace

const Language& chinese() { return kChinese; }

}  // namespace sluice::seed
