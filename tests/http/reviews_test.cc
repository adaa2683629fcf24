// Shops and reviews, end to end: requests over sockets, real use cases, SQLite.

#include <gtest/gtest.h>

#include "adapters/http/cursors.h"
#include "adapters/http/platform_json.h"
#include "http/api_server.h"

namespace sluice::http {
namespace {

std::string create_shop(ApiServer& server, const std::string& rest = "") {
    const Answer answer = server.admin("POST /v1/shops", R"({"name":"小龙坎老火锅")" + rest + "}");
    EXPECT_EQ(answer.status, 201) << answer.body;
    return field(answer.body, "shop_id");
}

// The target of the Link header; "" without one.
std::string next_page(const Answer& answer) {
    const std::size_t at = answer.head.find("Link: <");
    if (at == std::string::npos) return "";
    EXPECT_TRUE(answer.has(">; rel=\"next\"\r\n")) << answer.head;
    return answer.head.substr(at + 7, answer.head.find('>', at) - at - 7);
}

std::string etag(const Answer& answer) {
    const std::size_t at = answer.head.find("ETag: ");
    if (at == std::string::npos) return "";
    return answer.head.substr(at + 6, answer.head.find('\r', at) - at - 6);
}

// Values of a field in the order of the text.
std::vector<std::string> all_of(const std::string& json, const std::string& name) {
    std::vector<std::string> found;
    const std::string key = "\"" + name + "\":";
    for (std::size_t at = json.find(key); at != std::string::npos; at = json.find(key, at + 1)) {
        found.push_back(field(json.substr(at), name));
    }
    return found;
}

TEST(Reviews, ABuyerWritesEditsReadsAndDeletesOne) {
    ApiServer server;
    const std::string shop = create_shop(server, R"(,"category":"火锅","city":"成都","latitude":30.65742,"longitude":-104.0657353)");
    const std::string path = "/v1/shops/" + shop + "/reviews";
    const Answer written = server.buyer("annabel", "POST " + path, R"({"rating":5,"text":"毛肚很新鲜 \ud83c\udf72"})");
    EXPECT_EQ(written.status, 201) << written.body;
    EXPECT_TRUE(written.has("Location: " + path + "/mine\r\n"));
    EXPECT_EQ(field(written.body, "author"), "a***l");
    EXPECT_EQ(field(written.body, "text"), "毛肚很新鲜 🍲");
    EXPECT_EQ(field(written.body, "state"), "visible");
    EXPECT_EQ(server.buyer("annabel", "POST " + path, R"({"rating":5,"text":"毛肚很新鲜 🍲"})").status, 200);
    EXPECT_EQ(server.buyer("bob", "POST " + path, R"({"rating":2})").status, 201);

    const Answer edited = server.buyer("annabel", "POST " + path, R"({"rating":4,"text":"still good"})");
    EXPECT_EQ(edited.status, 200) << edited.body;
    EXPECT_EQ(field(edited.body, "review_id"), field(written.body, "review_id"));
    EXPECT_NE(field(edited.body, "edited_at"), "null");
    const Answer page = server.raw(get("/v1/shops/" + shop));
    EXPECT_EQ(field(page.body, "score"), "3.00") << page.body;
    EXPECT_EQ(field(page.body, "reviews"), "2");
    EXPECT_EQ(field(page.body, "latitude"), "30.657420");
    EXPECT_EQ(field(page.body, "longitude"), "-104.065735");

    const Answer list = server.raw(get(path));
    EXPECT_EQ(list.status, 200);
    EXPECT_EQ(all_of(list.body, "rating"), (std::vector<std::string>{"2", "4"}));
    EXPECT_FALSE(list.has("\"state\"")) << "readers need not know";
    EXPECT_EQ(field(server.buyer("annabel", "GET " + path + "/mine").body, "text"), "still good");
    EXPECT_EQ(server.buyer("eve", "GET " + path + "/mine").status, 404);

    const Answer gone = server.buyer("annabel", "DELETE " + path + "/mine");
    EXPECT_EQ(gone.status, 204) << gone.body;
    EXPECT_EQ(server.buyer("annabel", "DELETE " + path + "/mine").status, 404);
    EXPECT_EQ(field(server.raw(get("/v1/shops/" + shop)).body, "score"), "2.00");
}

TEST(Reviews, BadOnesAreRefusedWithTheFieldNamedAndNothingChanges) {
    ApiServer server;
    const std::string shop = create_shop(server);
    const std::string path = "/v1/shops/" + shop + "/reviews";
    std::string longest;
    for (int i = 0; i < 2'000; ++i) longest += "味";
    const std::vector<std::tuple<std::string, int, std::string>> table{
        {R"({"rating":0})", 422, "rating"},
        {R"({"rating":6})", 422, "rating"},
        {R"({"rating":4.5})", 422, "rating"},
        {R"({"rating":4.0})", 422, "rating"},
        {R"({"rating":"5"})", 422, "rating"},
        {R"({"rating":null})", 422, "rating"},
        {R"({"text":"no rating"})", 422, "rating"},
        {R"({"rating":5,"text":7})", 422, "text"},
        {R"({"rating":5,"text":")" + longest + R"(!"})", 422, "text"},
        {R"({"rating":5,"text":")" + std::string(9'000, 'x') + R"("})", 422, "text"},
        {R"({"rating":5,"text":"a\u0000b"})", 422, "text"},
        {R"({"rating":5,"stars":5})", 422, "stars"},
        {R"({"rating":5,"rating":4})", 400, "rating"},
        {"{\"rating\":5,\"text\":\"\xff\"}", 400, ""},
        {R"({"rating":5,"text":"\ud800"})", 400, ""},
        {R"({"rating":5,"text":{}})", 422, "text"},
        {R"([5])", 400, ""},
        {"", 400, ""},
    };
    for (const auto& [body, status, name] : table) {
        const Answer answer = server.buyer("ann", "POST " + path, body);
        EXPECT_EQ(answer.status, status) << body.substr(0, 80) << answer.body;
        EXPECT_TRUE(answer.has(name)) << body.substr(0, 80) << answer.body;
    }
    EXPECT_EQ(server.raw(post(path, R"({"rating":5})")).status, 401);
    EXPECT_EQ(server.buyer("ann", "POST /v1/shops/99/reviews", R"({"rating":5})").status, 404);
    EXPECT_EQ(server.buyer("ann", "POST /v1/shops/0/reviews", R"({"rating":5})").status, 404);
    EXPECT_EQ(server.raw(get(path)).body, R"({"reviews":[]})");
    EXPECT_EQ(field(server.raw(get("/v1/shops/" + shop)).body, "score"), "null");
    EXPECT_EQ(server.buyer("ann", "POST " + path, R"({"rating":5,"text":")" + longest + R"("})").status, 201);
}

TEST(Reviews, ListsArePagedInEveryOrder) {
    ApiServer server;
    const std::string shop = create_shop(server);
    const std::string path = "/v1/shops/" + shop + "/reviews";
    const std::vector<int> ratings{3, 5, 1, 5, 3};
    for (std::size_t i = 0; i < ratings.size(); ++i) {
        server.buyer("buyer" + std::to_string(i), "POST " + path, R"({"rating":)" + std::to_string(ratings[i]) + "}");
    }
    const std::vector<std::pair<std::string, std::string>> table{
        {"newest", "54321"}, {"highest", "42513"}, {"lowest", "35142"}};
    for (const auto& [sort, expected] : table) {
        std::string seen;
        int pages = 0;
        for (std::string at = path + "?limit=2&sort=" + sort; !at.empty(); ++pages) {
            const Answer answer = server.raw(get(at));
            ASSERT_EQ(answer.status, 200) << answer.body;
            for (const auto& id : all_of(answer.body, "review_id")) seen += id;
            at = next_page(answer);
        }
        EXPECT_EQ(seen, expected) << sort;
        EXPECT_EQ(pages, 3);
    }
}

TEST(Reviews, BrokenCursorsAndParametersAreNamed) {
    ApiServer server;
    const std::string shop = create_shop(server);
    const std::string path = "/v1/shops/" + shop + "/reviews";
    const std::string newest = cursor_text(ReviewCursor{0, ReviewId{7}}, ReviewSort::kNewest);
    EXPECT_EQ(server.raw(get(path + "?cursor=" + newest)).status, 200);
    const std::vector<std::string> broken{
        path + "?cursor=x", path + "?cursor=7", path + "?sort=highest&cursor=" + newest, path + "?cursor=" + newest + "A",
        path + "?cursor=" + newest.substr(1), path + "?cursor=%FF", "/v1/shops?cursor=" + newest, "/v1/shops?cursor=1",
        "/v1/shops?sort=score&cursor=" + cursor_text(ShopCursor{0, ShopId{1}}, ShopSort::kNewest),
        "/v1/shops/" + shop + "/goods?cursor=x"};
    for (const std::string& at : broken) {
        const Answer answer = server.raw(get(at));
        EXPECT_EQ(answer.status, 422) << at;
        EXPECT_TRUE(answer.has(R"("field":"cursor")")) << answer.body;
    }
    EXPECT_TRUE(server.raw(get(path + "?sort=best")).has(R"("field":"sort")"));
    EXPECT_TRUE(server.raw(get("/v1/shops?sort=best")).has(R"("field":"sort")"));
    EXPECT_EQ(server.raw(get(path + "?limit=201")).status, 422);
    EXPECT_TRUE(server.raw(get("/v1/shops?city=%FF")).has("city: must be UTF-8"));
    EXPECT_EQ(server.raw(get("/v1/shops?category=" + std::string(201, 'x'))).status, 422);
    EXPECT_EQ(server.raw(get("/v1/shops/99/reviews")).status, 404);
    EXPECT_EQ(server.raw(get("/v1/shops/99/goods")).status, 404);
}

TEST(Reviews, CursorsOfNegativeOrHugeNumbersAreNotOurs) {
    for (const auto sort : {ReviewSort::kNewest, ReviewSort::kHighest, ReviewSort::kLowest}) {
        const ReviewCursor cursor{sort == ReviewSort::kNewest ? 0 : 3, ReviewId{9'223'372'036'854'775'807}};
        EXPECT_EQ(parse_review_cursor(cursor_text(cursor, sort), sort), cursor);
        for (const ReviewCursor wrong : {ReviewCursor{3, ReviewId{0}}, ReviewCursor{3, ReviewId{-1}}, ReviewCursor{6, ReviewId{1}}}) {
            const bool misplaced = wrong.rating == 6 && sort == ReviewSort::kNewest;  // rating is not written there
            EXPECT_EQ(parse_review_cursor(cursor_text(wrong, sort), sort).has_value(), misplaced);
        }
    }
    EXPECT_FALSE(parse_shop_cursor(cursor_text(ShopCursor{-1, ShopId{1}}, ShopSort::kScore), ShopSort::kScore));
    EXPECT_FALSE(parse_shop_cursor("", ShopSort::kScore));
}

TEST(Shops, AreListedByFilterAndScore) {
    ApiServer server;
    const std::string a = create_shop(server, R"(,"category":"火锅","city":"成都")");
    const std::string b = create_shop(server, R"(,"category":"火锅","city":"上海")");
    const std::string c = create_shop(server, R"(,"category":"cafe & bar","city":"成都")");
    server.buyer("ann", "POST /v1/shops/" + a + "/reviews", R"({"rating":2})");
    server.buyer("ann", "POST /v1/shops/" + b + "/reviews", R"({"rating":5})");
    const auto ids = [&](const std::string& query) {
        std::string seen;
        for (std::string at = "/v1/shops?limit=1&" + query; !at.empty();) {
            const Answer answer = server.raw(get(at));
            for (const auto& id : all_of(answer.body, "shop_id")) seen += id;
            at = next_page(answer);
        }
        return seen;
    };
    EXPECT_EQ(ids(""), c + b + a);
    EXPECT_EQ(ids("sort=score"), b + a + c);
    EXPECT_EQ(ids("category=%E7%81%AB%E9%94%85"), b + a);
    EXPECT_EQ(ids("city=%E6%88%90%E9%83%BD&sort=score"), a + c);
    EXPECT_EQ(ids("category=cafe+%26+bar&city=%E6%88%90%E9%83%BD"), c);
    EXPECT_EQ(ids("category=&city="), c + b + a);
    EXPECT_EQ(ids("category=none"), "");
}

TEST(Shops, APageThatTheClientHasIsNotSentAgain) {
    ApiServer server;
    const std::string sale = server.open_sale(5, 5);
    const std::string goods = field(server.raw(get("/v1/sales/" + sale)).body, "goods_id");
    const std::string shop = field(server.raw(get("/v1/goods/" + goods)).body, "shop_id");
    for (const std::string& path : {"/v1/shops/" + shop, "/v1/goods/" + goods, "/v1/sales/" + sale}) {
        const Answer first = server.raw(get(path));
        const std::string tag = etag(first);
        ASSERT_FALSE(tag.empty()) << path;
        EXPECT_TRUE(first.has("Cache-Control: no-cache\r\n"));
        for (const std::string& named : {tag, "\"x\", " + tag, std::string{"*"}, tag.substr(2)}) {
            const Answer again = server.raw(get(path, "If-None-Match: " + named + "\r\n"));
            EXPECT_EQ(again.status, 304) << path << named;
            EXPECT_EQ(again.body, "");
            EXPECT_EQ(etag(again), tag);
        }
        EXPECT_EQ(server.raw(get(path, "If-None-Match: \"other\"\r\n")).status, 200);
    }
    const std::string before = etag(server.raw(get("/v1/shops/" + shop)));
    server.buyer("ann", "POST /v1/shops/" + shop + "/reviews", R"({"rating":5})");
    EXPECT_EQ(server.raw(get("/v1/shops/" + shop, "If-None-Match: " + before + "\r\n")).status, 200);
    const Answer page = server.raw(get("/v1/sales/" + sale));
    EXPECT_TRUE(page.has(R"("goods":{"goods_id":)" + goods)) << page.body;
    EXPECT_TRUE(page.has(R"("shop":{"shop_id":)" + shop + R"(,"name":"Corner")")) << page.body;
    EXPECT_TRUE(server.raw(get("/v1/shops/" + shop + "/goods")).has("\"goods_id\":" + goods));
}

TEST(AdminShops, AreEditedFieldByField) {
    ApiServer server;
    const std::string shop = create_shop(server, R"(,"city":"成都")");
    const std::string edit = "PATCH /v1/shops/" + shop;
    const Answer edited = server.admin(edit, R"({"city":"重庆","latitude":29.5630099999,"longitude":106.5515,"reason":"moved"})");
    EXPECT_EQ(edited.status, 200) << edited.body;
    EXPECT_EQ(field(edited.body, "name"), "小龙坎老火锅");
    EXPECT_EQ(field(edited.body, "latitude"), "29.563010");
    EXPECT_EQ(field(server.raw(get("/v1/shops/" + shop)).body, "city"), "重庆");
    const std::vector<std::pair<std::string, std::string>> wrong{
        {R"({"city":"x"})", "reason"},
        {R"({"name":"","reason":"r"})", "name"},
        {R"({"latitude":1,"reason":"r"})", "longitude"},
        {R"({"longitude":1,"latitude":null,"reason":"r"})", "latitude"},
        {R"({"latitude":90.0000006,"longitude":1,"reason":"r"})", "latitude"},
        {R"({"latitude":1e1,"longitude":1,"reason":"r"})", "latitude"},
        {R"({"latitude":999999999999,"longitude":0,"reason":"r"})", "latitude"},
        {R"({"latitude":99999999999.5,"longitude":0,"reason":"r"})", "latitude"},
        {R"({"latitude":"1","longitude":1,"reason":"r"})", "latitude"},
        {R"({"latitude":1,"longitude":-180.1,"reason":"r"})", "longitude"},
        {R"({"id":7,"reason":"r"})", "id"}};
    for (const auto& [body, name] : wrong) {
        const Answer answer = server.admin(edit, body);
        EXPECT_EQ(answer.status, 422) << body;
        EXPECT_TRUE(answer.has(R"("field":")" + name + "\"")) << answer.body;
    }
    EXPECT_EQ(server.admin("PATCH /v1/shops/99", R"({"city":"x","reason":"r"})").status, 404);
    EXPECT_EQ(server.admin(edit, R"({"city":"x","reason":"r"})", "viewer-token").status, 403);
}

TEST(AdminReviews, AreHiddenAndShownAgain) {
    ApiServer server;
    const std::string shop = create_shop(server);
    const std::string path = "/v1/shops/" + shop + "/reviews";
    const std::string id = field(server.buyer("ann", "POST " + path, R"({"rating":1,"text":"an insult"})").body, "review_id");
    EXPECT_EQ(server.admin("POST /v1/reviews/" + id + "/hide", "{}").status, 422);
    const Answer hidden = server.admin("POST /v1/reviews/" + id + "/hide", R"({"reason":"an insult"})");
    EXPECT_EQ(field(hidden.body, "state"), "hidden") << hidden.body;
    EXPECT_EQ(field(hidden.body, "buyer_id"), "ann");
    EXPECT_EQ(server.raw(get(path)).body, R"({"reviews":[]})");
    EXPECT_EQ(field(server.buyer("ann", "GET " + path + "/mine").body, "state"), "hidden");
    EXPECT_EQ(field(server.admin("GET /v1/reviews/" + id).body, "text"), "an insult");
    EXPECT_EQ(field(server.admin("POST /v1/reviews/" + id + "/show", R"({"reason":"r"})").body, "state"), "visible");
    EXPECT_EQ(field(server.raw(get("/v1/shops/" + shop)).body, "score"), "1.00");
    EXPECT_EQ(server.admin("POST /v1/reviews/99/hide", R"({"reason":"r"})").status, 404);
    EXPECT_EQ(server.admin("GET /v1/reviews/99").status, 404);
    server.admin("POST /v1/reviews/" + id + "/hide", R"({"reason":"r"})");
    EXPECT_EQ(server.buyer("ann", "DELETE " + path + "/mine").status, 204);
    EXPECT_EQ(server.buyer("ann", "GET " + path + "/mine").status, 404);
    EXPECT_EQ(server.admin("POST /v1/reviews/" + id + "/show", R"({"reason":"r"})").status, 404);
}

TEST(PlatformJson, ScoresAreRoundedHalfUpAndAuthorsAreMasked) {
    EXPECT_EQ(score_text({}), "null");
    EXPECT_EQ(score_text({13, 3}), "4.33");
    EXPECT_EQ(score_text({14, 3}), "4.67");
    EXPECT_EQ(score_text({1'001, 200}), "5.01");  // 5.005
    EXPECT_EQ(score_text({5'000'000'000, 1'000'000'000}), "5.00");
    EXPECT_EQ(degrees_text(-5), "-0.000005");
    EXPECT_EQ(degrees_text(-90'000'000), "-90.000000");
    EXPECT_EQ(author_text(BuyerId{"anna"}), "a***a");
    EXPECT_EQ(author_text(BuyerId{"张三李四"}), "张***四");
    EXPECT_EQ(author_text(BuyerId{"ann"}), "***");
    EXPECT_EQ(author_text(BuyerId{"a\xff\xff\xff\xffz"}), "***");
}

}  // namespace
}  // namespace sluice::http
