#include "pipeline/normalize/fact_text.hpp"
#include "pipeline/normalize/fact_values.hpp"

#include <array>
#include <utility>

namespace coterie::normalize {
namespace {

using Row = std::pair<std::string_view, std::string_view>;

/// The words of sheets and tools in English, Danish, Swedish, Norwegian and German. "On hold" and
/// "pending" are states, but none of ours: unknown.
constexpr std::array<Row, 12> kStatusWords = {{
    {"not contacted|to contact|to be contacted|not yet "
     "contacted|prospect|potential|lead|shortlisted|"
     "shortlist|ready to invite|backup|identified|new lead|ikke kontaktet|ikke kontaktet endnu|"
     "mangler kontakt|skal kontaktes|emne|kandidat|ej kontaktad|inte kontaktad|ska kontaktas|"
     "ikke kontakta|nicht kontaktiert|zu kontaktieren|interessent",
     "prospect"},
    {"contacted|reached out|outreach sent|emailed|e mailed|email sent|mailed|dm d|dmd|dmed|dm ed|"
     "dm sent|messaged|pitched|invited|invitation sent|follow up|followup|followed up|follow up "
     "sent|"
     "no reply|no response|no answer|awaiting reply|waiting for reply|waiting application|"
     "kontaktet|skrevet til|skrevet|rykket|rykker sendt|rykker|afventer svar|afventer|intet svar|"
     "ikke svaret|inviteret|mail sendt|kontaktad|kontaktat|påmind|påmint|väntar svar|inväntar svar|"
     "inget svar|purret|venter svar|avventer svar|ikke svart|kontaktiert|angeschrieben|nachgefasst|"
     "keine antwort|warten auf antwort",
     "contacted"},
    {"replied|responded|influencer responded|answered|interested|engaged|applied|svaret|har svaret|"
     "interesseret|svarat|har svarat|intresserad|svart|har svart|interessert|geantwortet|"
     "interessiert",
     "replied"},
    {"negotiating|negotiation|in negotiation|negotiations|in dialogue|in dialog|in talks|"
     "offer sent|contract sent|proposal sent|i dialog|tilbud sendt|forhandler|forhandling|"
     "i forhandling|kontrakt sendt|förhandlar|förhandling|offert skickad|avtal "
     "skickat|forhandlinger|"
     "in verhandlung|verhandlung|angebot gesendet|angebot verschickt|im gespräch",
     "negotiating"},
    {"agreed|signed|contract signed|contract|confirmed|approved|accepted|booked|product sent|"
     "shipped product|product shipped|draft requested|draft received|draft in review|in review|"
     "scheduled|content due|in campaign|in progress|aftale|aftalt|aftale indgået|kontrakt|"
     "kontrakt underskrevet|underskrevet|sendt produkt|produkt sendt|godkendt|bekræftet|accepteret|"
     "planlagt|avtal|avtalat|avtalad|signerad|signerat|godkänd|bekräftad|produkt skickad|planerad|"
     "avtale|avtalt|signert|godkjent|bekreftet|produkt sendt ut|vereinbart|vertrag|"
     "vertrag unterschrieben|unterschrieben|bestätigt|zugesagt|produkt verschickt|geplant",
     "agreed"},
    {"live|posted|published|delivered|content live|invoiced|invoice sent|publiceret|leveret|"
     "opslået|faktureret|faktura sendt|publicerad|publicerat|levererad|fakturerad|publisert|levert|"
     "fakturert|veröffentlicht|gepostet|geliefert|in rechnung gestellt",
     "delivered"},
    {"closed|paid|finished|completed|complete|done|ended|cancelled|canceled|betalt|afsluttet|"
     "færdig|"
     "aflyst|annulleret|betald|betalat|avslutad|avslutat|klar|inställd|avsluttet|ferdig|avlyst|"
     "bezahlt|abgeschlossen|erledigt|beendet|storniert",
     "closed"},
    {"declined|rejected|not interested|passed|refused|turned down|said no|takket nej|nej tak|"
     "afslået|afvist|ikke interesseret|tackat nej|avböjt|avvisad|ej intresserad|inte intresserad|"
     "takket nei|avslått|avvist|ikke interessert|abgelehnt|abgesagt|kein interesse|"
     "nicht interessiert",
     "declined"},
    {"do not contact|don t contact|dont contact|do not email|do not call|never contact|dnc|"
     "blacklist|blacklisted|blocklist|blocklisted|blocked|opted out|opt out|unsubscribed|"
     "må ikke kontaktes|kontakt ikke|ikke kontakt|sortlistet|blokeret|frameldt|afmeldt|svartlistad|"
     "får inte kontaktas|kontakta inte|avregistrerad|svartelistet|må ikke kontaktes mer|avmeldt|"
     "ikke kontakt igjen|nicht kontaktieren|gesperrt|abgemeldet",
     "do_not_contact"},
    {"on hold|paused|pause|pending|sat på pause|på pause|i bero|på hold|pausad|vilande|"
     "satt på vent|på vent|pausiert|zurückgestellt",
     "unknown"},
    {"prospects|leads", "prospect"},
    {"negotiate|negotiated", "negotiating"},
}};

const Lexicon<std::string>& status_words() {
    static const auto words = phrase_lexicon<std::string>(kStatusWords);
    return words;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// "3 posted" and "follow up 2": sheets number their stages, and their reminders.
std::string_view without_number(std::string_view key) {
    while (!key.empty() && (is_digit(key.front()) || key.front() == ' ')) {
        key.remove_prefix(1);
    }
    while (!key.empty() && (is_digit(key.back()) || key.back() == ' ')) {
        key.remove_suffix(1);
    }
    return key;
}

}  // namespace

Reading<std::string> read_relationship_status(std::string_view raw) {
    constexpr std::size_t kBytesMax = 200;
    const Cell cell = Cell::open(raw, kBytesMax);
    if (!cell.is_usable()) {
        return cell.refusal<std::string>();
    }
    const std::string key = phrase_key(cell.text);
    if (key == "unknown") {
        return Reading<std::string>::absent();
    }
    const auto found = status_words().find(without_number(key));
    if (found == status_words().end()) {
        return Reading<std::string>::not_understood(
            "no known state of a relationship; a value table in the mapping can name it");
    }
    return Reading<std::string>::of(found->second);
}

}  // namespace coterie::normalize
