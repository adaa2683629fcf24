#include "adapters/redis/reply.h"

#include <hiredis/hiredis.h>

namespace sluice {
namespace {

struct FreeReply {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
};

}  // namespace

Reply to_reply(const redisReply& raw) {
    Reply reply;
    switch (raw.type) {
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS:
            reply.kind = Reply::Kind::kText;
            reply.text.assign(raw.str, raw.len);
            break;
        case REDIS_REPLY_ERROR:
            reply.kind = Reply::Kind::kError;
            reply.text.assign(raw.str, raw.len);
            break;
        case REDIS_REPLY_INTEGER:
            reply.kind = Reply::Kind::kNumber;
            reply.number = raw.integer;
            break;
        case REDIS_REPLY_ARRAY:
            reply.kind = Reply::Kind::kArray;
            reply.items.reserve(raw.elements);
            for (std::size_t i = 0; i < raw.elements; ++i) {
                reply.items.push_back(to_reply(*raw.element[i]));
            }
            break;
        default:
            break;  // nil
    }
    return reply;
}

std::string format_command(const std::vector<std::string_view>& words) {
    std::vector<const char*> starts;
    std::vector<std::size_t> sizes;
    starts.reserve(words.size());
    sizes.reserve(words.size());
    for (const std::string_view word : words) {
        starts.push_back(word.data() == nullptr ? "" : word.data());
        sizes.push_back(word.size());
    }
    char* bytes = nullptr;
    const int size =
        redisFormatCommandArgv(&bytes, static_cast<int>(words.size()), starts.data(), sizes.data());
    SLUICE_CHECK(size > 0);
    std::string command(bytes, static_cast<std::size_t>(size));
    redisFreeCommand(bytes);
    return command;
}

void ReplyReader::Free::operator()(redisReader* reader) const { redisReaderFree(reader); }

ReplyReader::ReplyReader() : reader_(redisReaderCreate()) { SLUICE_CHECK(reader_ != nullptr); }

void ReplyReader::feed(std::string_view bytes) {
    redisReaderFeed(reader_.get(), bytes.data(), bytes.size());  // a failure shows in next()
}

Result<std::optional<Reply>> ReplyReader::next() {
    void* raw = nullptr;
    if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK) {
        return fail(Code::kUnavailable, std::string("not Redis's protocol: ") + reader_->errstr);
    }
    if (raw == nullptr) return std::optional<Reply>();
    const std::unique_ptr<redisReply, FreeReply> owned(static_cast<redisReply*>(raw));
    return std::optional<Reply>(to_reply(*owned));
}

}  // namespace sluice
