// The newest matching attachments of a mailbox, by IMAP.
#include "sdk/location/mail.hpp"
#include "sdk/location/pattern.hpp"
#include "sdk/location/remote.hpp"

#include "coterie/files.hpp"

#include <algorithm>
#include <set>

namespace coterie::location {

namespace {

/// Mails that the server finds and that are fetched to look for the attachment, newest first.
constexpr std::size_t kMailsMax = 50;
constexpr std::uint64_t kMailBytesMax = std::uint64_t{128} << 20;

class Mailbox final : public Remote {
  public:
    explicit Mailbox(Connection connection) : connection_(std::move(connection)) {}

    /// One item for all: what is newest is known once mails were fetched, and the tag (which mails
    /// there are) says whether they need to be.
    Result<std::vector<Item>> list() override {
        COTERIE_TRY(uids_, search(""));
        if (uids_.empty()) {
            return nothing("there is no mail");
        }
        Item item;
        item.name = connection_.settings().shown();
        item.leaf = "mail";
        item.ref = "newest";
        item.tag = validity_.empty() ? "" : validity_ + "/" + std::to_string(uids_.front());
        return std::vector<Item>{item};
    }

    Result<bool> fetch(Item& item, const Item* /*known*/, Target& target) override {
        COTERIE_TRY(const std::vector<std::uint64_t> unread, search("UNSEEN "));
        const std::set<std::uint64_t> unseen(unread.begin(), unread.end());
        for (std::size_t i = 0; i < std::min(uids_.size(), kMailsMax); ++i) {
            COTERIE_TRY(const Mail mail, fetch_mail(uids_[i], unseen.contains(uids_[i])));
            if (const Attachment* found = matching(mail)) {
                item.name = files::printable(connection_.settings().shown() + "/" + found->name);
                item.leaf = found->name;
                return keep(*found, item, target);
            }
        }
        return nothing("none of the newest " + std::to_string(std::min(uids_.size(), kMailsMax)) +
                       " mails");
    }

  private:
    [[nodiscard]] std::string folder_url() const {
        const Settings& settings = connection_.settings();
        const std::string folder =
            settings.address.path.size() > 1 ? settings.address.path.substr(1) : "INBOX";
        // curl's own imaps is the implicit kind; the explicit one is imap that insists on TLS.
        const bool is_explicit =
            settings.tls == Settings::Tls::Explicit ||
            (settings.tls == Settings::Tls::Auto && settings.address.port == "143");
        const bool is_plain = settings.address.scheme == "imap";
        return std::string(is_plain || is_explicit ? "imap" : "imaps") + "://" +
               settings.address.host +
               (settings.address.port.empty() ? "" : ":" + settings.address.port) + "/" +
               encode_part(folder);
    }

    Error nothing(const std::string& what) const {
        const Settings& settings = connection_.settings();
        return Error{ErrorKind::Config,
                     settings.shown() + ": " + what + " from '" + settings.sender +
                         "' with subject '" + settings.subject + "' and an attachment '" +
                         settings.attachment + "'; check sender, subject and attachment"};
    }

    /// As a quoted string of IMAP; empty where it cannot be one.
    static std::string criterion(const char* key, std::string_view pattern) {
        const std::string_view plain = longest_plain_part(pattern);
        const bool good = !plain.empty() && std::all_of(plain.begin(), plain.end(), [](char c) {
            return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
        });
        return good ? std::string(key) + " \"" + std::string(plain) + "\" " : std::string();
    }

    Result<Reply> ask(const Request& request) {
        for (unsigned attempt = 1;; ++attempt) {
            Reply reply = connection_.perform(request);
            if (reply.code == CURLE_OK) {
                return reply;
            }
            Error error = connection_.error_of(reply, connection_.settings().shown());
            // curl takes a folder that cannot be opened for a sign-in that is refused.
            if (reply.why.find("Select failed") != std::string::npos) {
                return Error{ErrorKind::Config,
                             connection_.settings().shown() +
                                 ": the mailbox cannot be opened; is the folder's name right?"};
            }
            if (error.kind != ErrorKind::Transient || attempt == kTriesMax) {
                return error;
            }
            connection_.wait(attempt, error);
        }
    }

    /// UIDs that the server finds, the newest first. It looks for less than the patterns say; they
    /// are applied to the mails themselves.
    Result<std::vector<std::uint64_t>> search(const char* flag) {
        const Settings& settings = connection_.settings();
        Request request;
        request.url = folder_url();
        request.command = std::string("UID SEARCH ") + flag + criterion("FROM", settings.sender) +
                          criterion("SUBJECT", settings.subject) + "ALL";
        COTERIE_TRY(const Reply reply, ask(request));
        note_validity(reply.headers);
        std::vector<std::uint64_t> uids;
        const auto at = reply.body.find("* SEARCH");
        std::string_view rest = at == std::string::npos
                                    ? std::string_view()
                                    : std::string_view(reply.body).substr(at + 8);
        rest = rest.substr(0, std::min(rest.find('\n'), rest.size()));
        for (std::size_t i = 0; i < rest.size();) {
            std::uint64_t uid = 0;
            for (; i < rest.size() && rest[i] >= '0' && rest[i] <= '9'; ++i) {
                uid = uid * 10 + static_cast<std::uint64_t>(rest[i] - '0');
            }
            if (uid != 0) {
                uids.push_back(uid);
            } else {
                ++i;
            }
        }
        std::sort(uids.rbegin(), uids.rend());
        return uids;
    }

    /// With another validity the same UIDs mean other mails. Said when a mailbox is opened.
    void note_validity(std::string_view answers) {
        const auto at = answers.find("UIDVALIDITY ");
        if (at != std::string_view::npos) {
            const std::string_view rest = answers.substr(at + 12);
            validity_ = rest.substr(0, rest.find_first_not_of("0123456789"));
        }
    }

    Result<Mail> fetch_mail(std::uint64_t uid, bool is_unread) {
        Request request;
        request.url = folder_url() + ";UID=" + std::to_string(uid);
        request.bytes_max = kMailBytesMax;
        auto reply = ask_for_mail(request);
        if (is_unread) {  // fetching marks it as read, which is for its reader to do
            Request unmark;
            unmark.url = folder_url();
            unmark.command = "UID STORE " + std::to_string(uid) + " -FLAGS.SILENT (\\Seen)";
            static_cast<void>(connection_.perform(unmark));
        }
        if (!reply) {
            return std::move(reply).error();
        }
        return parse_mail(reply->body);
    }

    /// What the server said that the mail has; 0 where it did not.
    static std::uint64_t said_bytes(std::string_view answers) {
        const auto fetched = answers.rfind(" FETCH (");
        const auto open = fetched == std::string_view::npos ? fetched : answers.find('{', fetched);
        std::uint64_t bytes = 0;
        for (std::size_t i = open + 1; open != std::string_view::npos && i < answers.size() &&
                                       answers[i] >= '0' && answers[i] <= '9';
             ++i) {
            bytes = bytes * 10 + static_cast<std::uint64_t>(answers[i] - '0');
        }
        return bytes;
    }

    /// A whole mail: as many bytes as the server said that it has.
    Result<Reply> ask_for_mail(const Request& request) {
        for (unsigned attempt = 1;; ++attempt) {
            COTERIE_TRY(Reply reply, ask(request));
            const std::uint64_t said = said_bytes(reply.headers);
            if (said == reply.body.size()) {
                return reply;
            }
            const Error error{ErrorKind::Transient, connection_.settings().shown() + ": " +
                                                        std::to_string(reply.body.size()) +
                                                        " bytes of a mail came, " +
                                                        std::to_string(said) + " were said"};
            if (attempt == kTriesMax) {
                return error;
            }
            connection_.log(LogLevel::Info, error.message + "; trying again");
            connection_.wait(attempt, error);
        }
    }

    const Attachment* matching(const Mail& mail) const {
        const Settings& settings = connection_.settings();
        if (!matches(settings.sender, mail.sender, Capitals::DoNotMatter) ||
            !matches_words(settings.subject, mail.subject)) {
            return nullptr;
        }
        const auto found = std::find_if(
            mail.attachments.begin(), mail.attachments.end(), [&](const Attachment& attachment) {
                return matches(settings.attachment, attachment.name, Capitals::DoNotMatter);
            });
        return found == mail.attachments.end() ? nullptr : &*found;
    }

    /// A subject is no path: its slashes are like any letter.
    static bool matches_words(const std::string& pattern, std::string subject) {
        std::string plain = pattern;
        std::replace(plain.begin(), plain.end(), '/', ' ');
        std::replace(subject.begin(), subject.end(), '/', ' ');
        return matches(plain, subject, Capitals::DoNotMatter);
    }

    Result<bool> keep(const Attachment& found, Item& item, Target& target) const {
        if (found.content.size() > connection_.settings().fetch_bytes_max) {
            return Error{ErrorKind::Config, item.name + " is larger than fetch_bytes_max"};
        }
        if (!target.append(found.content)) {
            return Error{ErrorKind::Fatal, "the temporary folder cannot be written to; is the disk "
                                           "full?"};
        }
        item.bytes = target.bytes();
        return true;
    }

    Connection connection_;
    std::vector<std::uint64_t> uids_;
    std::string validity_;
};

}  // namespace

std::unique_ptr<Remote> mailbox(Connection connection) {
    return std::make_unique<Mailbox>(std::move(connection));
}

}  // namespace coterie::location
