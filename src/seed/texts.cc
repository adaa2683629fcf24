#include "seed/texts.h"

namespace sluice::seed {
namespace {

std::string filled(std::string_view sentence, std::string_view goods) {
    std::string text(sentence);
    const std::size_t at = text.find('%');
    if (at != std::string::npos) text.replace(at, 1, goods);
    return text;
}

void add(std::string& text, std::string_view sentence, const Language& language) {
    if (!text.empty()) text += language.between;
    text += sentence;
}

}  // namespace

std::string_view pick(Prng& prng, Words words) { return words[prng.below(words.size())]; }

std::string shop_name(Prng& prng, const City& city, const Category& category) {
    const Language& language = city.chinese ? chinese() : english();
    std::string name(pick(prng, language.name_starts));
    name.append(city.chinese ? "" : " ").append(pick(prng, language.name_cores));
    name.append(city.chinese ? "" : " ");
    name.append(pick(prng, city.chinese ? category.chinese_suffixes : category.english_suffixes));
    if (!prng.one_in(3)) {
        const std::string_view branch = pick(prng, language.branches);
        name.append(city.chinese ? "（" : " (").append(branch).append(city.chinese ? "）" : ")");
    }
    return name;
}

std::string review_text(Prng& prng, const Language& language, int rating, Words goods) {
    std::string text;
    if (prng.one_in(12)) return text;
    const std::size_t mood = rating <= 2 ? 0 : rating == 3 ? 1 : 2;
    if (!prng.one_in(4)) add(text, pick(prng, language.openers[mood]), language);
    const std::uint64_t dishes = prng.below(3);
    for (std::uint64_t i = 0; i < dishes; ++i) {
        const std::string_view sentence = pick(prng, language.about_goods[mood]);
        add(text, filled(sentence, pick(prng, goods)), language);
    }
    if (prng.one_in(2)) add(text, pick(prng, language.service[mood]), language);
    if (prng.one_in(3)) add(text, pick(prng, language.place[mood]), language);
    if (text.empty() || prng.one_in(3)) add(text, pick(prng, language.closers[mood]), language);
    return text;
}

std::string buyer_name(std::uint64_t number) {
    const Words last = surnames();
    const Words first = given_names();
    std::string name(last[number % last.size()]);
    name.append(first[number / last.size() % first.size()]);
    return name.append(std::to_string(number));
}

}  // namespace sluice::seed
