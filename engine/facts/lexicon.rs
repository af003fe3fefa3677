//! Word lists the readers share: closed classes of English, never a name or a phrase of one book.

use std::collections::HashSet;
use std::sync::LazyLock;

/// A set of lower-case words, written in the source as one string. Nearly every word of a novel is looked up in several of them, and
/// nearly none is found, so a miss must cost next to nothing.
pub(crate) struct WordSet {
    words: HashSet<&'static str>,
    /// For each first byte, a bit for each length of the words that begin with it.
    lengths: [u32; 256],
}

impl WordSet {
    /// The words of a text, parted by white space.
    pub fn new(words: &'static str) -> WordSet {
        let words: HashSet<&'static str> = words.split_whitespace().collect();
        let mut lengths = [0; 256];
        for word in &words {
            lengths[usize::from(word.as_bytes()[0])] |= length_bit(word);
        }
        WordSet { words, lengths }
    }

    /// Whether the word is in the set.
    pub fn has(&self, word: &str) -> bool {
        let Some(first) = word.as_bytes().first() else { return false };
        self.lengths[usize::from(*first)] & length_bit(word) != 0 && self.words.contains(word)
    }
}

/// The bit of a word's length; all lengths from 31 on share one.
fn length_bit(word: &str) -> u32 {
    1 << word.len().min(31)
}

macro_rules! word_sets {
    ($($(#[$comment:meta])* $name:ident = $words:expr;)*) => {
        $($(#[$comment])* pub(crate) static $name: LazyLock<WordSet> = LazyLock::new(|| WordSet::new($words));)*
    };
}

word_sets! {
    /// Forms of address before a man's name.
    MALE_TITLES = "mr mister sir lord king prince count baron duke earl monsieur m signor senor don herr father brother uncle \
        viscount marquis master esquire friar abbe comte emperor sultan vicomte squire";
    /// Forms of address before a woman's name.
    FEMALE_TITLES = "mrs miss ms lady madam madame mme mademoiselle mlle queen princess countess baroness duchess sister aunt \
        mother dame signora senora frau fraulein marquise comtesse empress mistress granny viscountess grandma";
    /// Ranks and offices before a name, of either sex.
    RANKS = "captain cap'n capt lieutenant lieut lt colonel col major general gen sergeant sgt corporal private ensign admiral commander \
        commodore inspector constable superintendent detective officer doctor dr professor prof reverend rev bishop archbishop \
        dean canon judge justice senator governor president mayor marshal midshipman bosun boatswain mate cardinal pope \
        rabbi cousin old young poor little dear saint st";
    /// Words with a capital that name no one.
    NO_NAMES = "i i'm i’m i'll i’ll i've i’ve i'd i’d o oh ah god gods lord heaven heavens christ jesus devil almighty providence bible \
        monday tuesday wednesday thursday friday saturday sunday january february march april may june july august \
        september october november december spring summer autumn winter christmas easter michaelmas christian english \
        englishman englishmen french frenchman frenchmen german germans british american americans scotch scottish irish \
        irishman italian spanish spaniard dutch russian roman greek latin chinese indian indians turk turkish european african \
        negro jew jewish christians majesty highness excellency grace honour honor lordship ladyship holiness worship sire \
        sir madam ma'am mr mrs miss ms dr chapter book part volume letter north south east west northern southern \
        eastern western earth sun moon nature fate death time yes no well why what who where when how then now there here this that \
        these those he she it we you they his her its our your their my the a an and but or nor for so yet if in on at to of \
        from by with as is was are were be do did does have has had not never ever all some any one two three four five \
        six seven eight nine ten good bad great old new ha hello hullo hurrah alas amen bravo farewell goodbye thank thanks please \
        let come go look see hush stop wait perhaps maybe indeed nothing something everything nobody somebody everybody \
        anybody none once twice again still just only even also too very quite rather after before during until \
        while since because although though unless whether however moreover nevertheless therefore thus hence \
        instead meanwhile suddenly presently finally mamma mama papa mummy daddy mum dad mother father uncle aunt \
        brother sister captain doctor professor colonel general major king queen prince princess majesties nor gentlemen ladies \
        gentleman lady hall street road lane square park house hotel inn church castle river lake sea ocean island bay hill mount";
    /// Prepositions of place that stand before places.
    PLACE_PREPOSITIONS = "in at to from near through into towards toward across around outside inside beyond via leaving reached above below";
    /// Verbs that tell who speaks.
    SPEECH_VERBS = "said says replied answered asked cried exclaimed shouted whispered muttered murmured added continued returned \
        remarked observed called repeated declared demanded responded growled laughed sighed began inquired enquired interrupted \
        explained protested ejaculated gasped retorted roared screamed snapped admitted agreed suggested announced urged \
        insisted commented grumbled snarled hissed sobbed groaned stammered shrieked yelled bawled whimpered warned \
        promised rejoined echoed queried assented pleaded concluded went objected told";
    /// Verbs only the living perform, beside those of speech.
    ACT_VERBS = "looked looks turned went came walked ran stood sat rose laughed smiled nodded shook took gave put held opened \
        closed shut stepped leaned leant bowed jumped sprang rushed hurried followed led drew pulled pushed threw caught \
        seized lifted raised glanced stared gazed watched listened frowned grinned sighed knelt climbed crept entered \
        left returned arrived joined met kissed ate drank poured cut struck fired aimed shot rode drove sailed rowed swam \
        danced sang wrote read worked thought wondered knew saw heard felt wanted tried began started stopped \
        waited paused hesitated shrugged coughed wept crossed moved reached picked handed served spat cleared blew \
        lit knocked beckoned waved pointed ordered begged thanked helped hung laid lay dropped hastened advanced retreated \
        approached departed rested slept woke awoke dressed washed cooked ploughed dug sawed oiled carried brought fetched \
        bent sank stumbled slipped staggered folded unfolded touched tapped rubbed";
    /// The same, told in the present.
    PRESENT_ACT_VERBS = "looks turns goes comes walks runs stands sits rises laughs smiles nods shakes takes gives puts holds opens closes shuts \
        steps leans bows jumps rushes hurries follows leads draws pulls pushes throws catches seizes lifts raises glances stares gazes \
        watches listens frowns grins sighs kneels climbs creeps enters leaves returns arrives joins meets kisses eats drinks pours shoots \
        rides drives swims dances sings writes reads works thinks wonders knows sees hears feels wants tries begins starts stops waits \
        pauses shrugs coughs weeps crosses reaches picks hands serves spits knocks beckons waves points lays lies drops sleeps wakes \
        dresses cooks digs carries brings bends slips touches taps rubs counts keeps";
    /// Nouns for a man.
    MALE_NOUNS = "man boy gentleman fellow lad youth king prince lord father son brother husband uncle nephew grandfather \
        captain squire sailor seaman soldier colonel lieutenant sergeant constable officer clerk butler footman monk priest \
        coachman groom master landlord baron duke count earl knight widower host vicar parson grandson mate boatswain stranger \
        doctor inspector keeper lightkeeper miller blacksmith guard sentry professor major general judge lawyer ranger bishop";
    /// Nouns for a woman.
    FEMALE_NOUNS = "woman girl lady maid maiden queen princess mother daughter sister wife aunt niece grandmother mistress hostess \
        widow landlady nurse governess countess duchess baroness bride actress witch lass granddaughter nun housekeeper cook \
        stranger doctor seamstress lodger keeper";
    /// Parts of the body that only a person is said to own.
    BODY_PARTS = "face eyes eye hand hands head arm arms voice hair heart lips mouth shoulder shoulders fingers brow cheek cheeks \
        mind knee knees foot feet neck chest throat breast smile forehead back side wife husband mother father brother sister";
    /// Numbers below twenty and the tens are parsed elsewhere; these are nouns of structures worth counting.
    COUNTED = "step steps stair stairs window windows room rooms rung rungs door doors floor floors storey storeys story stories \
        tower towers bedroom bedrooms chimney chimneys pillar pillars column columns gate gates bell bells gun guns mast masts oar oars \
        page pages drawer drawers arch arches bed beds bridge bridges lamp lamps pew pews seat seats spire spires \
        daughter daughters son sons brother brothers sister sisters child children husband husbands wife wives cousin cousins uncle \
        uncles aunt aunts nephew nephews niece nieces grandson grandsons granddaughter granddaughters finger fingers toe toes inhabitant inhabitants";
    /// What a thing can be made of.
    MATERIALS = "brass silver gold golden iron steel copper bronze tin pewter lead wooden wood oak oaken mahogany walnut ebony ivory \
        leather glass stone marble granite brick clay wax paper silk velvet linen cotton woollen wool canvas bone pearl jade crystal \
        porcelain china bamboo rosewood pine cedar teak platinum concrete plastic";
    /// Colours of things.
    THING_COLOURS = "red blue green yellow black white brown grey gray purple pink orange scarlet crimson violet";
    /// Prepositions that say where a thing is.
    KEEPING_PREPOSITIONS = "in inside on under underneath beneath behind beside above at within between over";
    /// What ends the phrase that a preposition opens.
    PHRASE_ENDS = "and but or which that who whom where when while because if as than for with he she it they we you i was were had \
        is are has did would could should might may must can will then so until till since before after though although";
}

/// Kinds of kin: those of one class are the same relation seen with another gender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kin {
    /// The relation without gender.
    pub class: &'static str,
    /// The relation as the other one sees it.
    pub inverse: &'static str,
    pub gender: Option<bool>,
}

/// The kin a word names. The gender is true for a man.
pub(crate) fn kin(word: &str) -> Option<Kin> {
    let (class, inverse, gender) = match word {
        "brother" => ("sibling", "sibling", Some(true)),
        "sister" => ("sibling", "sibling", Some(false)),
        "sibling" => ("sibling", "sibling", None),
        "father" => ("parent", "child", Some(true)),
        "mother" => ("parent", "child", Some(false)),
        "parent" => ("parent", "child", None),
        "son" => ("child", "parent", Some(true)),
        "daughter" => ("child", "parent", Some(false)),
        "child" => ("child", "parent", None),
        "husband" => ("spouse", "spouse", Some(true)),
        "wife" => ("spouse", "spouse", Some(false)),
        "spouse" => ("spouse", "spouse", None),
        "cousin" => ("cousin", "cousin", None),
        "uncle" => ("uncle or aunt", "nephew or niece", Some(true)),
        "aunt" => ("uncle or aunt", "nephew or niece", Some(false)),
        "nephew" => ("nephew or niece", "uncle or aunt", Some(true)),
        "niece" => ("nephew or niece", "uncle or aunt", Some(false)),
        "grandfather" => ("grandparent", "grandchild", Some(true)),
        "grandmother" => ("grandparent", "grandchild", Some(false)),
        "grandson" => ("grandchild", "grandparent", Some(true)),
        "granddaughter" => ("grandchild", "grandparent", Some(false)),
        "uncle or aunt" => ("uncle or aunt", "nephew or niece", None),
        "nephew or niece" => ("nephew or niece", "uncle or aunt", None),
        "grandparent" => ("grandparent", "grandchild", None),
        "grandchild" => ("grandchild", "grandparent", None),
        _ => return None,
    };
    Some(Kin { class, inverse, gender })
}

/// The rank a word means, in full, and the ladder it belongs to: only ranks of one ladder exclude each other.
pub(crate) fn rank(word: &str) -> Option<(&'static str, &'static str)> {
    Some(match word {
        "captain" | "capt" | "cap'n" => ("captain", "arms"),
        "lieutenant" | "lieut" | "lt" => ("lieutenant", "arms"),
        "colonel" | "col" => ("colonel", "arms"),
        "major" => ("major", "arms"),
        "general" | "gen" => ("general", "arms"),
        "sergeant" | "sgt" => ("sergeant", "arms"),
        "corporal" => ("corporal", "arms"),
        "private" => ("private", "arms"),
        "ensign" => ("ensign", "arms"),
        "admiral" => ("admiral", "arms"),
        "commander" => ("commander", "arms"),
        "commodore" => ("commodore", "arms"),
        "midshipman" => ("midshipman", "arms"),
        "constable" => ("constable", "arms"),
        "inspector" => ("inspector", "arms"),
        "superintendent" => ("superintendent", "arms"),
        "bishop" => ("bishop", "church"),
        "archbishop" => ("archbishop", "church"),
        "cardinal" => ("cardinal", "church"),
        "dean" => ("dean", "church"),
        "count" | "comte" => ("count", "peerage"),
        "countess" | "comtesse" => ("countess", "peerage"),
        "baron" => ("baron", "peerage"),
        "baroness" => ("baroness", "peerage"),
        "duke" => ("duke", "peerage"),
        "duchess" => ("duchess", "peerage"),
        "earl" => ("earl", "peerage"),
        "marquis" => ("marquis", "peerage"),
        "viscount" | "vicomte" => ("viscount", "peerage"),
        "doctor" | "dr" => ("doctor", "learning"),
        "professor" | "prof" => ("professor", "teaching"),
        _ => return None,
    })
}
