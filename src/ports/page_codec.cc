#include "ports/page_codec.h"

#include <array>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace sluice {
namespace {

// To be raised whenever a field below comes, goes or changes.
constexpr std::uint8_t kFormat = 1;

template <class T>
inline constexpr bool kIsStrong = false;
template <class Tag, class Rep>
inline constexpr bool kIsStrong<Strong<Tag, Rep>> = true;
template <class T>
inline constexpr bool kIsList = false;
template <class T>
inline constexpr bool kIsList<std::vector<T>> = true;

template <class T, class Page>
concept Of = std::is_same_v<std::remove_const_t<T>, Page>;

// Every structure names its fields once, for writing, reading and weighing.
void each_field(Of<Location> auto& place, auto visit) { visit(place.latitude_e6, place.longitude_e6); }
void each_field(Of<RatingTotals> auto& totals, auto visit) { visit(totals.sum, totals.count); }
void each_field(Of<Terms> auto& terms, auto visit) { visit(terms.price, terms.currency, terms.payment_window); }
void each_field(Of<ShopCursor> auto& cursor, auto visit) { visit(cursor.score, cursor.shop); }
void each_field(Of<ReviewCursor> auto& cursor, auto visit) { visit(cursor.rating, cursor.review); }
void each_field(Of<Shop> auto& shop, auto visit) {
    visit(shop.id, shop.name, shop.category, shop.city, shop.location, shop.ratings);
}
void each_field(Of<Goods> auto& goods, auto visit) {
    visit(goods.id, goods.shop, goods.title, goods.description, goods.price, goods.currency);
}
void each_field(Of<Review> auto& review, auto visit) {
    visit(review.id, review.shop, review.buyer, review.rating, review.text, review.state, review.created_at,
          review.edited_at);
}
void each_field(Of<Sale> auto& sale, auto visit) {
    visit(sale.id, sale.goods, sale.title, sale.mode, sale.state, sale.gate_state, sale.revision, sale.epoch, sale.total,
          sale.available, sale.limit_per_buyer, sale.opens_at, sale.closes_at, sale.terms, sale.late_payment,
          sale.partition, sale.secret_number, sale.retired);
}
void each_field(Of<ReviewsPage> auto& page, auto visit) { visit(page.reviews, page.next); }
void each_field(Of<ShopsPage> auto& page, auto visit) { visit(page.shops, page.next); }
void each_field(Of<GoodsPage> auto& page, auto visit) { visit(page.goods, page.next); }
void each_field(Of<SalePage> auto& page, auto visit) { visit(page.sale, page.goods, page.shop); }

constexpr std::uint8_t last_of(SaleMode) { return static_cast<std::uint8_t>(SaleMode::kDirect); }
constexpr std::uint8_t last_of(SaleState) { return static_cast<std::uint8_t>(SaleState::kClosed); }
constexpr std::uint8_t last_of(GateState) { return static_cast<std::uint8_t>(GateState::kOpen); }
constexpr std::uint8_t last_of(LatePayment) { return static_cast<std::uint8_t>(LatePayment::kReacquire); }
constexpr std::uint8_t last_of(ReviewState) { return static_cast<std::uint8_t>(ReviewState::kWithdrawn); }

class Writer {
public:
    template <class T>
    void put(const T& value) {
        if constexpr (std::is_integral_v<T>) {
            number(static_cast<std::uint64_t>(value), sizeof(T));
        } else if constexpr (std::is_enum_v<T>) {
            number(static_cast<std::uint64_t>(value), 1);
        } else if constexpr (std::is_same_v<T, std::string>) {
            number(value.size(), 4);
            out_ += value;
        } else if constexpr (kIsStrong<T>) {
            put(value.value());
        } else if constexpr (std::is_same_v<T, Currency>) {
            out_ += value.text();
        } else if constexpr (std::is_same_v<T, WallTime>) {
            put(to_ms(value));
        } else if constexpr (std::is_same_v<T, Millis>) {
            put(static_cast<std::int64_t>(value.count()));
        } else if constexpr (kIsList<T>) {
            number(value.size(), 4);
            for (const auto& item : value) put(item);
        } else if constexpr (requires { value.has_value(); }) {
            put(value.has_value());
            if (value) put(*value);
        } else {
            each_field(value, [this](const auto&... fields) { (this->put(fields), ...); });
        }
    }
    std::string take() { return std::move(out_); }

private:
    void number(std::uint64_t value, std::size_t bytes) {
        for (std::size_t i = 0; i < bytes; ++i) out_ += static_cast<char>((value >> (8 * i)) & 0xffU);
    }

    std::string out_;
};

// After the first short read every further one gives zero; whole() is asked before anything is trusted.
class Reader {
public:
    explicit Reader(std::string_view bytes) : left_(bytes) {}

    template <class T>
    void get(T& value) {
        if constexpr (std::is_same_v<T, bool>) {
            const std::uint64_t read = number(1);
            failed_ = failed_ || read > 1;
            value = read == 1;
        } else if constexpr (std::is_integral_v<T>) {
            value = static_cast<T>(number(sizeof(T)));
        } else if constexpr (std::is_enum_v<T>) {
            const std::uint64_t read = number(1);
            failed_ = failed_ || read > last_of(T{});
            value = static_cast<T>(failed_ ? 0 : read);
        } else if constexpr (std::is_same_v<T, std::string>) {
            value = taken(number(4));
        } else if constexpr (kIsStrong<T>) {
            typename T::rep rep{};
            get(rep);
            value = T{std::move(rep)};
        } else if constexpr (std::is_same_v<T, Currency>) {
            const auto parsed = Currency::parse(taken(3));
            failed_ = failed_ || !parsed;
            value = parsed.value_or(Currency{});
        } else if constexpr (std::is_same_v<T, WallTime>) {
            value = wall_from_ms(static_cast<std::int64_t>(number(8)));
        } else if constexpr (std::is_same_v<T, Millis>) {
            value = Millis{static_cast<std::int64_t>(number(8))};
        } else if constexpr (kIsList<T>) {
            const std::uint64_t count = number(4);
            failed_ = failed_ || count > left_.size();  // an item has a byte at least
            for (std::uint64_t i = 0; i < count && !failed_; ++i) get(value.emplace_back());
        } else if constexpr (requires { value.has_value(); }) {
            bool present = false;
            get(present);
            if (present) get(value.emplace());
        } else {
            each_field(value, [this](auto&... fields) { (this->get(fields), ...); });
        }
    }
    bool whole() const { return !failed_ && left_.empty(); }

private:
    std::string_view taken(std::uint64_t bytes) {
        if (failed_ || bytes > left_.size()) {
            failed_ = true;
            return {};
        }
        const std::string_view piece = left_.substr(0, static_cast<std::size_t>(bytes));
        left_.remove_prefix(piece.size());
        return piece;
    }
    std::uint64_t number(std::size_t bytes) {
        std::uint64_t value = 0;
        const std::string_view piece = taken(bytes);
        for (std::size_t i = 0; i < piece.size(); ++i) {
            value |= static_cast<std::uint64_t>(static_cast<unsigned char>(piece[i])) << (8 * i);
        }
        return value;
    }

    std::string_view left_;
    bool failed_ = false;
};

// What a value holds outside of itself.
template <class T>
std::size_t held_by(const T& value) {
    if constexpr (std::is_integral_v<T> || std::is_enum_v<T> || std::is_same_v<T, Currency> ||
                  std::is_same_v<T, WallTime> || std::is_same_v<T, Millis>) {
        return 0;
    } else if constexpr (std::is_same_v<T, std::string>) {
        return value.capacity();
    } else if constexpr (kIsStrong<T>) {
        return held_by(value.value());
    } else if constexpr (kIsList<T>) {
        std::size_t sum = value.capacity() * sizeof(typename T::value_type);
        for (const auto& item : value) sum += held_by(item);
        return sum;
    } else if constexpr (requires { value.has_value(); }) {
        return value ? held_by(*value) : 0;
    } else {
        std::size_t sum = 0;
        each_field(value, [&sum](const auto&... fields) { ((sum += held_by(fields)), ...); });
        return sum;
    }
}

template <class Page>
constexpr char kind_of() {
    if constexpr (std::is_same_v<Page, Shop>) return 's';
    if constexpr (std::is_same_v<Page, Goods>) return 'g';
    if constexpr (std::is_same_v<Page, ReviewsPage>) return 'R';
    if constexpr (std::is_same_v<Page, ShopsPage>) return 'S';
    if constexpr (std::is_same_v<Page, GoodsPage>) return 'G';
    return 'P';
}

}  // namespace

template <class Page>
std::string encode_page(const Page& page) {
    Writer writer;
    writer.put(kFormat);
    writer.put(kind_of<Page>());
    writer.put(page);
    return writer.take();
}

template <class Page>
std::optional<Page> decode_page(std::string_view bytes) {
    Reader reader(bytes);
    std::uint8_t format = 0;
    char kind = 0;
    reader.get(format);
    reader.get(kind);
    if (format != kFormat || kind != kind_of<Page>()) return std::nullopt;
    Page page{};
    reader.get(page);
    if (!reader.whole()) return std::nullopt;
    return page;
}

template <class Page>
std::size_t page_bytes(const Page& page) {
    return sizeof page + held_by(page);
}

template std::string encode_page(const Shop&);
template std::string encode_page(const Goods&);
template std::string encode_page(const ReviewsPage&);
template std::string encode_page(const ShopsPage&);
template std::string encode_page(const GoodsPage&);
template std::string encode_page(const SalePage&);
template std::optional<Shop> decode_page(std::string_view);
template std::optional<Goods> decode_page(std::string_view);
template std::optional<ReviewsPage> decode_page(std::string_view);
template std::optional<ShopsPage> decode_page(std::string_view);
template std::optional<GoodsPage> decode_page(std::string_view);
template std::optional<SalePage> decode_page(std::string_view);
template std::size_t page_bytes(const Shop&);
template std::size_t page_bytes(const Goods&);
template std::size_t page_bytes(const ReviewsPage&);
template std::size_t page_bytes(const ShopsPage&);
template std::size_t page_bytes(const GoodsPage&);
template std::size_t page_bytes(const SalePage&);

}  // namespace sluice
