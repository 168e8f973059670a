#include "synth/words.hpp"

namespace coterie::synth {
namespace {

using std::string_view;

constexpr string_view kDanishGiven[] = {
    "Ida",       "Emma",     "Freja",   "Alma",     "Clara",    "Sofie",   "Anna",
    "Laura",     "Karla",    "Ella",    "Josefine", "Mathilde", "Signe",   "Maja",
    "Nanna",     "Astrid",   "Liv",     "Ragnhild", "Caroline", "Cecilie", "Camilla",
    "Louise",    "Mette",    "Trine",   "Line",     "Søs",      "Bodil",   "Kirsten",
    "Birgitte",  "Åse",      "Rikke",   "Pernille", "William",  "Noah",    "Oscar",
    "Carl",      "Malthe",   "Emil",    "Valdemar", "August",   "Victor",  "Magnus",
    "Mikkel",    "Frederik", "Rasmus",  "Søren",    "Jørgen",   "Bjørn",   "Åge",
    "Niels",     "Jens",     "Lars",    "Morten",   "Anders",   "Kasper",  "Jakob",
    "Tobias",    "Asger",    "Villads", "Storm",    "Bo",       "Ib",      "Hans-Christian",
    "Anne-Mette"};
constexpr string_view kDanishFamily[] = {
    "Jensen",      "Nielsen",      "Hansen",    "Pedersen", "Andersen", "Christensen", "Larsen",
    "Sørensen",    "Rasmussen",    "Jørgensen", "Petersen", "Madsen",   "Kristensen",  "Olsen",
    "Thomsen",     "Christiansen", "Poulsen",   "Johansen", "Møller",   "Mortensen",   "Knudsen",
    "Holm",        "Kjær",         "Bæk",       "Bøgh",     "Dahl",     "Friis",       "Krogh",
    "Lund",        "Nygård",       "Aagaard",   "Winther",  "Schmidt",  "Bak",         "Toft",
    "Vestergaard", "Østergaard",   "Kruse",     "Bonde",    "Ravn"};
constexpr string_view kDanishHeads[] = {
    "Lunde", "Sønder", "Nørre", "Vester", "Øster",  "Kirke", "Skov",  "Bjerre", "Hede",
    "Klit",  "Strand", "Mose",  "Linde",  "Ege",    "Birke", "Bøge",  "Ravne",  "Falke",
    "Høj",   "Dam",    "Bæk",   "Mølle",  "Sten",   "Sand",  "Torne", "Lyng",   "Rosen",
    "Guld",  "Sølv",   "Jern",  "Vinter", "Sommer", "Grøn",  "Hvid",  "Sort",   "Over"};
constexpr string_view kDanishTails[] = {"gaard", "gård", "skov", "lund", "dal",   "bjerg", "toft",
                                        "høj",   "holt", "vang", "mark", "strøm", "borg",  "bæk",
                                        "sø",    "ager", "hus",  "by",   "kær",   "lev",   "rup",
                                        "sted",  "trup", "vad",  "eng",  "løkke"};
constexpr string_view kDanishCountry[] = {"Danmark", "DK", "Denmark", "DNK", "danmark", "🇩🇰"};
constexpr string_view kDanishCities[] = {"København", "Aarhus",  "Århus",     "Odense", "Aalborg",
                                         "Esbjerg",   "Randers", "Kolding",   "Vejle",  "Horsens",
                                         "Roskilde",  "Næstved", "Svendborg", "Kbh"};
constexpr string_view kDanishLanguage[] = {"dansk", "Dansk", "da", "Danish"};

constexpr string_view kSwedishGiven[] = {
    "Alice", "Maja",    "Elsa",   "Astrid", "Wilma",  "Ebba",    "Linnéa", "Åsa",   "Märta",
    "Siv",   "Gunilla", "Ingrid", "Frida",  "Sanna",  "Hanna",   "Klara",  "Tuva",  "Stina",
    "Lucas", "Liam",    "Hugo",   "Elias",  "Björn",  "Göran",   "Håkan",  "Sören", "Nils",
    "Axel",  "Filip",   "Gustav", "Oskar",  "Viktor", "Mattias", "Jonas",  "Pär",   "Åke"};
constexpr string_view kSwedishFamily[] = {
    "Andersson", "Johansson", "Karlsson",   "Nilsson",    "Eriksson",  "Larsson", "Olsson",
    "Persson",   "Svensson",  "Gustafsson", "Pettersson", "Jonsson",   "Jansson", "Hansson",
    "Bengtsson", "Jönsson",   "Lindberg",   "Jakobsson",  "Magnusson", "Olofsson"};
constexpr string_view kSwedishHeads[] = {
    "Berg",  "Lind",   "Sjö",   "Ek",   "Alm", "Hag",   "Lund", "Norr", "Söder", "Väster",
    "Öster", "Strand", "Ny",    "Stor", "Hög", "Björk", "Holm", "Dal",  "Forss", "Gran",
    "Hed",   "Kvarn",  "Ljung", "Mal",  "Ros", "Sand",  "Sund", "Wall"};
constexpr string_view kSwedishTails[] = {"ström", "gren",  "kvist", "qvist", "berg", "lund",
                                         "man",   "stedt", "blad",  "dahl",  "fors", "holm",
                                         "mark",  "roth",  "vall",  "wall",  "löf",  "rud"};
constexpr string_view kSwedishCountry[] = {"Sverige", "SE", "Sweden", "🇸🇪"};
constexpr string_view kSwedishCities[] = {"Stockholm", "Göteborg", "Malmö",
                                          "Uppsala",   "Lund",     "Västerås"};
constexpr string_view kSwedishLanguage[] = {"svensk", "svenska", "sv"};

constexpr string_view kNorwegianGiven[] = {
    "Nora",   "Ingrid",   "Solveig", "Sigrid", "Tiril", "Marit",  "Åshild", "Bjørg",
    "Hedda",  "Selma",    "Live",    "Synne",  "Jakob", "Henrik", "Sondre", "Øystein",
    "Håvard", "Torbjørn", "Eirik",   "Ola",    "Kåre",  "Magnus", "Trygve", "Sindre"};
constexpr string_view kNorwegianFamily[] = {"Hansen", "Johansen", "Olsen",  "Larsen", "Berg",
                                            "Haugen", "Hagen",    "Bakken", "Strand", "Moen",
                                            "Lie",    "Solberg",  "Lunde",  "Sæther", "Ødegård",
                                            "Aas",    "Bråten",   "Myhre",  "Nygård", "Tangen"};
constexpr string_view kNorwegianHeads[] = {
    "Fjell", "Berge",  "Sol",  "Øvre", "Nedre", "Nord", "Sør", "Vest", "Øst",    "Stor",
    "Lang",  "Bjørke", "Furu", "Gran", "Hauk",  "Elve", "Myr", "Rå",   "Steins", "Tve"};
constexpr string_view kNorwegianTails[] = {"bakken", "dalen", "heim", "stad", "vik",  "vold",
                                           "åsen",   "lien",  "nes",  "rud",  "land", "eid"};
constexpr string_view kNorwegianCountry[] = {"Norge", "NO", "Norway", "🇳🇴"};
constexpr string_view kNorwegianCities[] = {"Oslo", "Bergen", "Trondheim", "Stavanger", "Tromsø"};
constexpr string_view kNorwegianLanguage[] = {"norsk", "nb", "Norwegian"};

constexpr string_view kGermanGiven[] = {
    "Anna",  "Lena",    "Lea",    "Mia",    "Hannah", "Jürgen",     "Käthe",  "Sophie",
    "Marie", "Paula",   "Greta",  "Ines",   "Ute",    "Heike",      "Sabine", "Katja",
    "Lukas", "Leon",    "Finn",   "Jonas",  "Paul",   "Felix",      "Max",    "Björn",
    "Jörg",  "Günther", "Stefan", "Tobias", "Uwe",    "Karl-Heinz", "Moritz", "Till"};
constexpr string_view kGermanFamily[] = {
    "Müller",   "Schmidt",  "Schneider", "Fischer",    "Weber",  "Meyer",    "Wagner", "Becker",
    "Schulz",   "Hoffmann", "Schäfer",   "Koch",       "Bauer",  "Richter",  "Klein",  "Wolf",
    "Schröder", "Neumann",  "Schwarz",   "Zimmermann", "Krüger", "von Thal", "Vogel",  "Groß"};
constexpr string_view kGermanHeads[] = {"Stein",  "Rosen",  "Linden", "Eichen",  "Buchen", "Brunn",
                                        "Felsen", "Wald",   "Wiesen", "Ober",    "Unter",  "Neu",
                                        "Alten",  "Grün",   "Weiß",   "Schwarz", "Hohen",  "Nieder",
                                        "Sonnen", "Sommer", "Winter", "Eber",    "Falken", "Hirsch",
                                        "Kirch",  "Mühl",   "Sander", "Tannen"};
constexpr string_view kGermanTails[] = {
    "bach",  "berg", "feld", "hof",   "thal",  "stein",  "mann",  "hauser", "brink", "kamp",
    "horst", "burg", "dorf", "egger", "huber", "reiter", "meier", "müller", "wald",  "au"};
constexpr string_view kGermanCountry[] = {"Tyskland", "DE", "Germany", "Deutschland", "🇩🇪"};
constexpr string_view kGermanCities[] = {"Berlin", "Hamburg", "München",
                                         "Köln",   "Leipzig", "Düsseldorf"};
constexpr string_view kGermanLanguage[] = {"tysk", "Deutsch", "de"};

constexpr string_view kEnglishGiven[] = {
    "Olivia",  "Amelia", "Isla",   "Ava",    "Grace",  "Freya",   "Ruby",  "Chloe",
    "Sarah",   "Rachel", "Zoe",    "Hannah", "Naomi",  "Abigail", "Kate",  "Matilda",
    "George",  "Harry",  "Jack",   "Arthur", "Oliver", "Leo",     "Theo",  "Matthew",
    "Michael", "James",  "Robert", "Ethan",  "Samuel", "Callum",  "Aidan", "Nathan",
    "Dwayne",  "Tyler",  "Jordan", "Morgan", "Taylor", "Alex",    "Jamie", "Mary-Jane"};
constexpr string_view kEnglishFamily[] = {
    "Smith",  "Jones",  "Taylor",   "Brown",   "Williams", "Wilson", "Johnson", "Davies",
    "Patel",  "Wright", "Walker",   "White",   "Edwards",  "Green",  "Hall",    "Wood",
    "Harris", "Clarke", "Lewis",    "Young",   "King",     "Turner", "Hill",    "Scott",
    "Moore",  "Carter", "Mitchell", "O'Brien", "MacLeod",  "Khan",   "Evans",   "Okafor"};
constexpr string_view kEnglishHeads[] = {
    "Ash",   "Black", "Brad",   "Brook", "Chester", "Clay",  "Cross", "Dal",  "East", "Fair",
    "Field", "Green", "Hart",   "Hazel", "Holling", "Kings", "Lang",  "Long", "Marl", "North",
    "Oak",   "Pem",   "Ravens", "Red",   "Silver",  "Stan",  "Thorn", "Wake", "Whit", "Wood"};
constexpr string_view kEnglishTails[] = {
    "worth", "ford", "ley", "ton",   "bury", "well",  "wood", "field", "brook", "combe", "croft",
    "dale",  "gate", "ham", "hurst", "mere", "ridge", "shaw", "stone", "wick",  "more",  "bridge"};
constexpr string_view kEnglishCountry[] = {
    "UK", "Storbritannien", "United Kingdom", "England", "GB", "🇬🇧"};
constexpr string_view kEnglishCities[] = {"London",  "Manchester", "Leeds",
                                          "Bristol", "Glasgow",    "York"};
constexpr string_view kEnglishLanguage[] = {"engelsk", "English", "en"};

constexpr string_view kSpanishGiven[] = {
    "Lucía",  "Sofía", "Martina", "María", "Paula",  "Begoña", "Inés",  "Carmen", "Noa",   "Elena",
    "Belén",  "Rocío", "Nuria",   "Hugo",  "Martín", "Lucas",  "Mateo", "Álvaro", "Íñigo", "Javier",
    "Andrés", "Jesús", "Raúl",    "Óscar", "Pablo",  "Sergio", "Iván",  "Ángel"};
constexpr string_view kSpanishFamily[] = {
    "García",    "Rodríguez", "González", "Fernández", "López",     "Martínez",
    "Sánchez",   "Pérez",     "Gómez",    "Martín",    "Jiménez",   "Ruiz",
    "Hernández", "Díaz",      "Moreno",   "Muñoz",     "Álvarez",   "Romero",
    "Alonso",    "Gutiérrez", "Navarro",  "Torres",    "Domínguez", "Vázquez",
    "Ramos",     "Gil",       "Ramírez",  "Serrano",   "Blanco",    "Molina",
    "Morales",   "Suárez",    "Ortega",   "Delgado",   "Castro",    "Ibáñez"};
constexpr string_view kSpanishHeads[] = {
    "García ", "López ",  "Pérez ",   "Gómez ",  "Ruiz ",    "Díaz ",   "Moreno ", "Muñoz ",
    "Romero ", "Alonso ", "Navarro ", "Torres ", "Vázquez ", "Ramos ",  "Gil ",    "Serrano ",
    "Blanco ", "Molina ", "Suárez ",  "Ortega ", "Delgado ", "Castro ", "Rubio ",  "Marín "};
constexpr string_view kSpanishCountry[] = {"Spanien", "ES", "España", "Spain"};
constexpr string_view kSpanishCities[] = {"Madrid", "Barcelona", "Valencia", "Sevilla", "Málaga"};
constexpr string_view kSpanishLanguage[] = {"spansk", "Español", "es"};

constexpr string_view kPolishGiven[] = {
    "Zofia",     "Julia",     "Maja",      "Hanna",  "Małgorzata", "Łucja",   "Żaneta",
    "Agnieszka", "Kasia",     "Ewa",       "Oliwia", "Basia",      "Grażyna", "Antoni",
    "Jan",       "Jakub",     "Stanisław", "Michał", "Łukasz",     "Paweł",   "Tomasz",
    "Wojciech",  "Krzysztof", "Szymon",    "Bartek", "Zbigniew"};
constexpr string_view kPolishFamily[] = {
    "Nowak",  "Wójcik",   "Kowalczyk", "Woźniak",  "Mazur",     "Krawczyk", "Zając",
    "Król",   "Wróbel",   "Pawlak",    "Sikora",   "Duda",      "Bąk",      "Gołąb",
    "Kubiak", "Szewczyk", "Kaczmarek", "Pietrzak", "Marciniak", "Wilk"};
constexpr string_view kPolishHeads[] = {
    "Kowal",   "Wiśniew", "Zieliń", "Szymań", "Kozłow", "Jankow",  "Wojciechow", "Kwiatkow",
    "Nowakow", "Piotrow", "Grabow", "Pawłow", "Michal", "Jabłoń",  "Lewandow",   "Dąbrow",
    "Sadow",   "Zawadz",  "Ostrow", "Lipiń",  "Górec",  "Czarnec", "Borkow",     "Makow"};
constexpr string_view kPolishTails[] = {"ski", "ska"};
constexpr string_view kPolishCountry[] = {"Polen", "PL", "Polska", "Poland"};
constexpr string_view kPolishCities[] = {"Warszawa", "Kraków", "Łódź", "Gdańsk", "Poznań"};
constexpr string_view kPolishLanguage[] = {"polsk", "Polski", "pl"};

constexpr string_view kGreekGiven[] = {
    "Νίκος|Nikos",       "Γιώργος|Giorgos",   "Μαρία|Maria",      "Ελένη|Eleni",
    "Δημήτρης|Dimitris", "Σοφία|Sofia",       "Κώστας|Kostas",    "Άννα|Anna",
    "Γιάννης|Giannis",   "Κατερίνα|Katerina", "Πέτρος|Petros",    "Ειρήνη|Eirini",
    "Αντώνης|Antonis",   "Δέσποινα|Despoina", "Χρήστος|Christos", "Βασίλης|Vasilis",
    "Ζωή|Zoi",           "Θανάσης|Thanasis"};
constexpr string_view kGreekFamily[] = {"Παπαδόπουλος|Papadopoulos",
                                        "Παππάς|Pappas",
                                        "Καραγιάννης|Karagiannis",
                                        "Βλάχος|Vlachos",
                                        "Ιωαννίδης|Ioannidis",
                                        "Οικονόμου|Oikonomou",
                                        "Μακρής|Makris",
                                        "Γεωργίου|Georgiou",
                                        "Νικολάου|Nikolaou",
                                        "Δημητρίου|Dimitriou",
                                        "Αντωνίου|Antoniou",
                                        "Κωνσταντίνου|Konstantinou",
                                        "Χατζής|Chatzis",
                                        "Αγγελόπουλος|Angelopoulos",
                                        "Σωτηρίου|Sotiriou",
                                        "Κόκκινος|Kokkinos",
                                        "Λάσκαρης|Laskaris",
                                        "Μαυρίδης|Mavridis",
                                        "Ζαφειρίου|Zafeiriou",
                                        "Ρήγας|Rigas"};
constexpr string_view kGreekCountry[] = {"Grækenland", "GR", "Greece", "Ελλάδα"};
constexpr string_view kGreekCities[] = {"Athen", "Thessaloniki", "Patras"};
constexpr string_view kGreekLanguage[] = {"græsk", "Greek", "el"};

constexpr string_view kBulgarianGiven[] = {
    "Иван|Ivan",       "Мария|Maria", "Георги|Georgi",      "Елена|Elena",      "Димитър|Dimitar",
    "Нина|Nina",       "Петър|Petar", "Надежда|Nadezhda",   "Стефан|Stefan",    "Виктория|Viktoria",
    "Николай|Nikolay", "Юлия|Yulia",  "Христо|Hristo",      "Цветана|Tsvetana", "Борис|Boris",
    "Радка|Radka",     "Ангел|Angel", "Десислава|Desislava"};
constexpr string_view kBulgarianFamily[] = {
    "Иванов|Ivanov",   "Петров|Petrov",     "Димитров|Dimitrov", "Георгиев|Georgiev",
    "Николов|Nikolov", "Христов|Hristov",   "Стоянов|Stoyanov",  "Тодоров|Todorov",
    "Илиев|Iliev",     "Ангелов|Angelov",   "Василев|Vasilev",   "Колев|Kolev",
    "Маринов|Marinov", "Атанасов|Atanasov", "Попов|Popov",       "Кръстев|Krastev",
    "Живков|Zhivkov",  "Цонев|Tsonev",      "Митев|Mitev",       "Янков|Yankov"};
constexpr string_view kBulgarianCountry[] = {"Bulgarien", "BG", "Bulgaria", "България"};
constexpr string_view kBulgarianCities[] = {"Sofia", "Plovdiv", "Varna"};
constexpr string_view kBulgarianLanguage[] = {"bulgarsk", "Bulgarian", "bg"};

constexpr string_view kArabicGiven[] = {
    "أحمد|Ahmed",   "محمد|Mohamed", "فاطمة|Fatima", "مريم|Mariam", "خالد|Khaled", "ليلى|Layla",
    "يوسف|Youssef", "نور|Nour",     "عمر|Omar",     "سارة|Sara",   "حسن|Hassan",  "زينب|Zeinab",
    "كريم|Karim",   "هدى|Huda",     "طارق|Tarek",   "سلمى|Salma"};
constexpr string_view kArabicFamily[] = {
    "المصري|El-Masry",  "حسين|Hussein",     "إبراهيم|Ibrahim", "السيد|El-Sayed",
    "منصور|Mansour",    "عثمان|Othman",     "فؤاد|Fouad",      "صالح|Saleh",
    "النجار|Al-Najjar", "رمضان|Ramadan",    "حداد|Haddad",     "شاهين|Shahin",
    "ناصر|Nasser",      "الخطيب|Al-Khatib", "سليمان|Soliman",  "بدوي|Badawi"};
constexpr string_view kArabicCountry[] = {"Egypten", "EG", "Egypt", "مصر"};
constexpr string_view kArabicCities[] = {"Cairo", "Alexandria"};
constexpr string_view kArabicLanguage[] = {"arabisk", "Arabic", "ar"};

constexpr Culture kCultures[] = {
    {"DK", "45", "2", 480, kDanishGiven, kDanishFamily, kDanishHeads, kDanishTails, kDanishCountry,
     kDanishCities, kDanishLanguage},
    {"SE", "46", "70", 110, kSwedishGiven, kSwedishFamily, kSwedishHeads, kSwedishTails,
     kSwedishCountry, kSwedishCities, kSwedishLanguage},
    {"NO", "47", "9", 70, kNorwegianGiven, kNorwegianFamily, kNorwegianHeads, kNorwegianTails,
     kNorwegianCountry, kNorwegianCities, kNorwegianLanguage},
    {"DE", "49", "1511", 90, kGermanGiven, kGermanFamily, kGermanHeads, kGermanTails,
     kGermanCountry, kGermanCities, kGermanLanguage},
    {"GB", "44", "752", 120, kEnglishGiven, kEnglishFamily, kEnglishHeads, kEnglishTails,
     kEnglishCountry, kEnglishCities, kEnglishLanguage},
    {"ES", "34", "61", 40, kSpanishGiven, kSpanishFamily, kSpanishHeads, kSpanishFamily,
     kSpanishCountry, kSpanishCities, kSpanishLanguage},
    {"PL", "48", "50", 40, kPolishGiven, kPolishFamily, kPolishHeads, kPolishTails, kPolishCountry,
     kPolishCities, kPolishLanguage},
    {"GR",
     "30",
     "697",
     16,
     kGreekGiven,
     kGreekFamily,
     {},
     {},
     kGreekCountry,
     kGreekCities,
     kGreekLanguage},
    {"BG",
     "359",
     "88",
     18,
     kBulgarianGiven,
     kBulgarianFamily,
     {},
     {},
     kBulgarianCountry,
     kBulgarianCities,
     kBulgarianLanguage},
    {"EG",
     "20",
     "100",
     16,
     kArabicGiven,
     kArabicFamily,
     {},
     {},
     kArabicCountry,
     kArabicCities,
     kArabicLanguage},
};

constexpr string_view kHandleWords[] = {
    "",      "eats",    "runs",   "reads",   "bakes",  "travels", "makes",  "lifts",
    "sings", "plays",   "home",   "life",    "daily",  "vlog",    "studio", "style",
    "fit",   "green",   "garden", "kitchen", "tech",   "talks",   "art",    "beats",
    "snaps", "onthego", "diary",  "club",    "world",  "moments", "photo",  "cykler",
    "bager", "hjemme",  "haven",  "mad",     "rejser", "leger",   "strik",  "politik"};
constexpr string_view kMailDomains[] = {"example.com",  "example.org",   "example.net",
                                        "post.example", "mail.example",  "indbakke.example",
                                        "brev.example", "inbox.example", "kontor.example"};
constexpr string_view kAgencyWords[] = {
    "Nordlys",  "Havblik", "Fyrtårn", "Kompas", "Spejl",  "Signal", "Bølge", "Megafon",
    "Lanterne", "Krystal", "Echo",    "Pilot",  "Vega",   "Orion",  "Atlas", "Prisme",
    "Kontur",   "Format",  "Sfære",   "Zenit",  "Aurora", "Magnet", "Kurve", "Linje",
    "Punkt",    "Rytme",   "Klang",   "Glimt",  "Gnist",  "Vinkel"};
constexpr string_view kAgencyTails[] = {"Talent",   "Management", "Agency", "Bureau",
                                        "Creators", "Media",      "PR",     "Collective"};
constexpr string_view kChannelHeads[] = {
    "Daily",  "Nordic", "Urban", "Vild",   "Grøn",  "Den Lille", "Happy", "Slow",
    "Modern", "Tiny",   "Retro", "Fælles", "Byens", "Super",     "Hygge", "Golden",
    "Wild",   "Honest", "Glad",  "Rå",     "Sunde", "Total",     "Pure",  "Real"};
constexpr string_view kChannelTails[] = {
    "Woodwork", "Kitchen", "Gaming",  "Have",    "Cykling", "Politik", "Fitness", "Beauty",
    "Science",  "History", "Camping", "Strik",   "Musik",   "Podcast", "Motor",   "Outdoor",
    "Family",   "Bolig",   "Design",  "Fodbold", "Teater",  "Comedy",  "Mode",    "Natur"};
constexpr string_view kTopics[] = {
    "Beauty",  "Mode",  "Fitness", "Mad",        "Rejser",       "Gaming",   "Politik", "Klima",
    "Familie", "Bolig", "Musik",   "Film",       "Fashion",      "Food",     "Travel",  "Comedy",
    "Science", "Sport", "Have",    "DIY",        "Bøger",        "Tech",     "Sundhed", "Cykling",
    "Dyr",     "Kunst", "Podcast", "Uddannelse", "Iværksætteri", "Parenting"};
constexpr string_view kStatusesDanish[] = {
    "Ikke kontaktet", "Kontaktet",    "Skrevet til", "Rykket",   "Afventer svar",    "Interesseret",
    "I dialog",       "Tilbud sendt", "Aftale",      "Kontrakt", "Sendt produkt",    "Godkendt",
    "Publiceret",     "Betalt",       "Takket nej",  "Pause",    "Må ikke kontaktes"};
constexpr string_view kStatusesEnglish[] = {
    "Not contacted", "Contacted",   "Reached out",   "Follow-up 1", "No reply",     "Replied",
    "Interested",    "Negotiating", "Contract sent", "Signed",      "Product sent", "Approved",
    "Posted",        "Paid",        "Declined",      "On hold",     "Blacklist"};
constexpr string_view kOwners[] = {"AB",        "Mads", "mette",  "KLN",   "Sofie K.",
                                   "team nord", "JJ",   "Louise", "Peter", "rikke"};
constexpr string_view kNotes[] = {"Svarer hurtigt",
                                  "Mødt på festival",
                                  "vil gerne høre mere efter sommer",
                                  "Ring helst om formiddagen",
                                  "Dyr!!",
                                  "God stil, passer til kampagnen",
                                  "Har haft samarbejde med konkurrent",
                                  "DM only",
                                  "asked for a brief, then silence",
                                  "Bor nu i udlandet?",
                                  "Husk moms",
                                  "Great reach; \"low\" engagement",
                                  "Skiftet bureau i foråret",
                                  "ny mail kommer",
                                  "prefers reels",
                                  "OBS: to profiler"};
constexpr string_view kCampaigns[] = {"Forår 2026", "Klimauge", "Back to school", "Kommunalvalg",
                                      "Black week", "Sommer",   "Launch Q2",      "Bloddonor"};
constexpr string_view kHonorifics[] = {"Dr.", "Fru", "Hr.", "Ms.", "Mr.", "Prof.", "Frk.", "Mrs."};
constexpr string_view kEmoji[] = {"✨",    "🌿", "💪", "🇩🇰",          "🔥",
                                  "📸", "🎮", "🌈", "👩‍🍳", "⭐️"};
constexpr string_view kNothings[] = {"-", "–", "N/A", "?", "#N/A", "ingen", "n/a"};

}  // namespace

std::span<const Culture> cultures() {
    return kCultures;
}
Words handle_words() {
    return kHandleWords;
}
Words mail_domains() {
    return kMailDomains;
}
Words agency_words() {
    return kAgencyWords;
}
Words agency_tails() {
    return kAgencyTails;
}
Words channel_heads() {
    return kChannelHeads;
}
Words channel_tails() {
    return kChannelTails;
}
Words topics() {
    return kTopics;
}
Words statuses_danish() {
    return kStatusesDanish;
}
Words statuses_english() {
    return kStatusesEnglish;
}
Words owners() {
    return kOwners;
}
Words notes() {
    return kNotes;
}
Words campaigns() {
    return kCampaigns;
}
Words honorifics() {
    return kHonorifics;
}
Words emoji() {
    return kEmoji;
}
Words nothings() {
    return kNothings;
}

}  // namespace coterie::synth
