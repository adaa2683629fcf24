#include <array>

#include "seed/words.h"

namespace sluice::seed {
namespace {

using View = std::string_view;

constexpr std::array<View, 12> kStarts{"The", "Old", "Little", "Golden", "Blue", "North", "Corner", "Copper", "Lucky", "Uncle", "Miss", "Three"};
constexpr std::array<View, 20> kCores{"Kettle", "Lantern", "Crane", "Harbour", "Magpie", "Orchard", "Pepper", "Fox", "Willow", "Anchor",
                                      "Button", "Tiger", "Moon", "Acorn", "Sparrow", "Bridge", "Maple", "Compass", "Ginger", "Bell"};
constexpr std::array<View, 12> kBranches{"High Street", "Market Square", "Riverside", "Station Road", "Old Town", "Mill Lane", "Kings Parade",
                                         "Union Street", "Harbour Front", "West End", "Church Road", "Castle Gate"};

constexpr std::array<View, 6> kOpenBad{"Really disappointing.", "Would not go back.", "Came on a friend's word and regretted it.", "We waited over an hour.", "Nothing like the photos.", "Overpriced."};
constexpr std::array<View, 6> kOpenFair{"It was fine.", "Decent, not special.", "Second visit, less good than the first.", "Hit and miss.", "Average for the area.", "Good idea, uneven in practice."};
constexpr std::array<View, 7> kOpenGood{"Absolutely loved it!", "Our third visit, still great.", "Worth the queue.", "A real find.", "My local, and I am glad it is.", "Better than I expected.", "Reliably good."};
constexpr std::array<View, 4> kGoodsBad{"The % was not fresh.", "I had the % and left half of it.", "The % took forty minutes.", "The % is not worth the price."};
constexpr std::array<View, 4> kGoodsFair{"The % is all right.", "The % was a little bland.", "Generous with the %, though.", "The % could be better."};
constexpr std::array<View, 6> kGoodsGood{"The % is superb.", "Get the %.", "I come back for the %.", "The % alone is worth the trip.", "Best % in town.", "The % was spot on."};
constexpr std::array<View, 4> kServiceBad{"Staff could not care less.", "We had to ask three times.", "They got the bill wrong.", "Rude at the counter."};
constexpr std::array<View, 4> kServiceFair{"Service was okay.", "A bit short-staffed.", "Polite but slow.", "Friendly enough."};
constexpr std::array<View, 4> kServiceGood{"Lovely staff.", "Quick and kind service.", "The owner remembered us.", "They explained everything patiently."};
constexpr std::array<View, 4> kPlaceBad{"Noisy and sticky tables.", "Hard to find.", "Too cramped.", "Could do with a clean."};
constexpr std::array<View, 4> kPlaceFair{"Plain room, clean.", "Small, so book at weekends.", "Parking is awkward.", "The room is nothing much."};
constexpr std::array<View, 4> kPlaceGood{"Bright, calm room.", "Two minutes from the station.", "Good with children.", "Beautiful light in the afternoon."};
constexpr std::array<View, 4> kCloseBad{"Not recommended.", "One star is generous.", "I hope they improve.", "Avoid."};
constexpr std::array<View, 4> kCloseFair{"Might try again.", "Fine if you are nearby.", "Three stars.", "Room to improve."};
constexpr std::array<View, 5> kCloseGood{"Will be back!", "Told all my colleagues.", "Five stars.", "Go.", "Highly recommended."};
constexpr std::array<View, 4> kDescriptions{"House favourite, limited every day.", "Made to order.", "Valid at weekends too, no booking needed.", "New guests only, one each."};

constexpr Language kEnglish{
    kStarts, kCores, kBranches,
    {kOpenBad, kOpenFair, kOpenGood},
    {kGoodsBad, kGoodsFair, kGoodsGood},
    {kServiceBad, kServiceFair, kServiceGood},
    {kPlaceBad, kPlaceFair, kPlaceGood},
    {kCloseBad, kCloseFair, kCloseGood},
    kDescriptions, " "};

}  // namespace

const Language& english() { return kEnglish; }

}  // namespace sluice::seed
