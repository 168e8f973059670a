#include "pipeline/match/nicknames.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace coterie::match {

namespace {

/// A name and its forms a line. Names of different people in one family, such as Hans and Jens,
/// stay apart even where they go back to one.
constexpr auto kForms = std::to_array<std::string_view>({
    "abigail abby gail",
    "abraham abe bram",
    "albert bert al",
    "alexander alex sasha sascha xander sandy aleksander alexandre",
    "alexandra alex sandra sasha alexa aleksandra",
    "alfred alf fred",
    "andreas andy",
    "andrew andy drew",
    "anthony tony antony",
    "anton tony toni",
    "antonio tonio toni tony",
    "archibald archie",
    "arthur art artie",
    "augustus gus august",
    "barbara babs barb",
    "benedicte benedikte ditte",
    "benjamin ben benny benji",
    "bernard bernie barney bernhard",
    "bertram bert",
    "birgitte birgit gitte britta",
    "caroline carrie line",
    "catherine kate cathy cate kathy katie kitty katherine kathryn kathleen kay",
    "cecilie cecilia cille silje",
    "charles charlie chuck chas",
    "charlotte lotte charlie",
    "christian chris kristian",
    "christina chris tina christine kristina kristine stine",
    "christopher chris kit kris topher kristoffer",
    "clifford cliff",
    "cornelius neil niels cor",
    "cynthia cindy",
    "daniel dan danny",
    "david dave davey",
    "deborah debbie deb",
    "dominic nick dom",
    "donald don donnie",
    "dorothy dot dottie dolly",
    "edith edie",
    "edmund ed ted eddie",
    "edward ed eddie ned ted teddy edvard",
    "edwin ed eddie",
    "elena lena",
    "eleanor ellie nell nora",
    "elisabeth elizabeth beth betty bette liz lizzie lisa lise elise eliza betsy libby lis "
    "lisbeth liza",
    "emmanuel manny manu manuel",
    "ernest ernie ernst",
    "eugene gene",
    "ferdinand ferdi nando",
    "florence flo",
    "frances fran fanny frankie",
    "francis frank fran",
    "francisco paco pancho kiko",
    "franklin frank",
    "franziska franzi",
    "frederick fred freddie rick frederik frederic fritz friedrich",
    "gabriel gabe",
    "gabriella gabi gaby gabriele",
    "geoffrey jeff geoff jeffrey",
    "gerald gerry jerry",
    "gerard gerry jerry",
    "gertrude trudy gerti",
    "giovanni gianni",
    "giuseppe beppe peppe",
    "gregory greg",
    "guadalupe lupe",
    "guillermo memo willy",
    "harold hal harry harald",
    "helen nell helena helene lene",
    "henry hank harry hal henrik",
    "herbert herb bert",
    "hubert bert hub",
    "ignacio nacho",
    "isabella bella izzy isabel isabelle",
    "jacob jake jakob",
    "jacqueline jackie",
    "james jim jimmy jamie jimmie",
    "jeanette jean netta",
    "jeremiah jerry",
    "jeremy jerry",
    "jerome jerry",
    "jesus chuy",
    "joachim jochen achim",
    "johannes hans hannes johan",
    "john jack johnny jon",
    "jonathan jon jonny johnny nathan",
    "jorgen joergen jorn",
    "jose pepe joseph",
    "joseph joe joey jo josef jody",
    "josephine jo josie fifi",
    "joshua josh",
    "judith judy jude",
    "karoline line",
    "katharina kathi kati katja",
    "kathrine kathryn trine katrine cathrine",
    "kenneth ken kenny kent",
    "kirsten kirstine",
    "laurence larry lars lawrence laurits lauritz",
    "leonard len lenny leo",
    "leopold leo poldi",
    "lillian lily lil",
    "louis lou louie ludwig",
    "louise lou lulu",
    "lucas luke luca lukas",
    "ludwig lutz wiggerl",
    "lydia lyddie",
    "magdalena lena magda malene magdalene",
    "manfred manni fred",
    "margaret maggie peggy meg madge marge margie greta daisy rita margrethe grethe margarethe",
    "maria mary marie mimi",
    "martha marty patty",
    "martin marty",
    "mary molly polly mamie",
    "matilda tilly tilda mathilde",
    "matthew matt matty mathew",
    "maximilian max",
    "maxwell max",
    "melissa missy",
    "michael mike mick mickey mikey mikkel michel mikael micky",
    "mildred millie",
    "mohammed mohamed mo mohammad muhammad mohamad muhammed",
    "montgomery monty",
    "natalie nat",
    "nathaniel nate nat nathan",
    "nicholas nick nicky klaus claus nicolas",
    "nicole nikki",
    "norman norm",
    "oliver ollie",
    "olivia liv livvy",
    "pamela pam",
    "patricia pat patty tricia trish patsy",
    "patrick pat paddy",
    "penelope penny",
    "peter pete petey",
    "philip phil pip filip",
    "phillip phil pip",
    "randolph randy",
    "raphael rafa rafael",
    "raymond ray",
    "rebecca becky becca",
    "reginald reg reggie",
    "richard rick dick rich ricky richie",
    "robert bob bobby rob robbie bert robin",
    "roberto beto",
    "roderick rod roddy",
    "roland rollo",
    "ronald ron ronnie",
    "rosemary rose rosie",
    "rudolf rudi rolf rudolph rudy",
    "russell russ",
    "samantha sam sammy",
    "samuel sam sammy",
    "sarah sally sadie",
    "sebastian seb basti bastian",
    "sidney sid",
    "siegfried sigi",
    "sophie sofie fie sophia",
    "solomon sol",
    "stanley stan",
    "stephanie steph stefanie steffi",
    "stephen steve steven stevie stefan",
    "susan sue suzy susie suzanne susanne sanne",
    "terence terry",
    "theodor ted theo teddy theodore",
    "theresa terry tess tessa",
    "thomas tom tommy",
    "timothy tim timmy",
    "valerie val",
    "veronica ronnie vera",
    "victor vic viktor",
    "victoria vicky tori vic vicki",
    "vincent vince vinnie",
    "virginia ginny ginger",
    "walter walt wally",
    "wilhelm willi wilm willy",
    "wilhelmina mina minnie",
    "william bill billy will willy liam billie",
    "winifred winnie freddie",
    "winston winnie",
    "wolfgang wolf",
    "zachary zach zack",
});

/// A name's hash and the line that it stands in; a name may stand in several.
using Entry = std::pair<std::uint32_t, std::uint16_t>;

std::vector<Entry> make_entries() {
    std::vector<Entry> entries;
    for (std::uint16_t line = 0; line < kForms.size(); ++line) {
        for (const std::string_view name : split(kForms[line], ' ')) {
            entries.emplace_back(static_cast<std::uint32_t>(hash64(name)), line);
        }
    }
    std::sort(entries.begin(), entries.end());
    return entries;
}

}  // namespace

bool are_nicknames(std::uint32_t a, std::uint32_t b) {
    static const std::vector<Entry> entries = make_entries();
    auto left = std::lower_bound(entries.begin(), entries.end(), Entry{a, 0});
    for (; left != entries.end() && left->first == a; ++left) {
        if (std::binary_search(entries.begin(), entries.end(), Entry{b, left->second})) {
            return true;
        }
    }
    return false;
}

}  // namespace coterie::match
