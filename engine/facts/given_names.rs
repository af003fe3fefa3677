//! Given names that nearly always belong to a man or to a woman, in English-language fiction of the last two centuries.
//!
//! They are a first guess: what the pronouns around a name say clearly counts for more. Names that both bear (Evelyn, Robin, Leslie, Jean)
//! are left out.

/// Whether a person is spoken of as he or she.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gender {
    Male,
    Female,
}

use std::collections::HashMap;
use std::sync::LazyLock;

const MEN: &str = "aaron abel abraham adam adrian ahmed alan albert alexander alfred alistair ambrose amir amos andrew angus anthony antonio archibald \
    arjun arnold arthur augustus barnaby bartholomew basil ben benedict benjamin bernard bertram boris brian bruce carl carlos caleb cecil cedric \
    charles charlie christopher clarence claude clement clifford colin conrad cornelius craig cuthbert cyril daniel darius david dennis derek desmond \
    diego dietrich dmitri dominic donald douglas duncan ebenezer edgar edmund edward edwin eli elias elijah emil enoch enrique eric ernest ethan \
    eugene ezekiel ezra felix ferdinand fergus fernando finn francis frank franklin frederick fritz gareth gary gavin geoffrey george gerald gerard \
    gideon gilbert giles giovanni godfrey gordon graham gregory gustav guy hamish hans harold harry harvey hassan hector henry herbert herman \
    hiram horace horatio howard hubert hugh hugo humphrey ian ibrahim igor isaac isaiah ivan ivor jack jacob jake jamal james jared jason jasper \
    javier jeffrey jeremiah jeremy jerome jerry jim jimmy joe joel johann john johnny jonah jonathan jorge jose joseph joshua juan julian julius karl \
    keith kenneth kevin kurt lance lars laurence lawrence leander leo leon leonard leopold lewis liam lionel louis luca lucas lucius luigi luke luther \
    magnus malcolm marcus mario mark martin matthew maurice max maximilian michael miguel mikhail miles mohammed montague mordecai moses nathan nathaniel \
    neil ned nicholas nigel noah noel norman octavius oleg oliver omar orlando oscar osric oswald otto owen patrick paul pedro percival percy peregrine peter \
    philip phineas pierre rafael ralph ramon raymond reginald rene rhys richard robert roderick rodney roger roland ronald rory rowland rufus \
    rupert samson samuel sanjay saul sebastian septimus sergei seth silas simeon simon solomon stanislav stanley stefan stephen steven stuart \
    sven tariq ted terence thaddeus theodore thomas timothy tobias toby tom tomas tomasz tommy tristan ulrich umberto valentine vernon victor vikram vincent \
    vladimir wallace walter warren wilfred wilhelm william wolfgang yusuf zachary zachariah";

const WOMEN: &str = "abigail ada adelaide adele agatha agnes aisha alexandra alice alicia alison amanda amelia amina amy ana anastasia angela angelica anita ann \
    anna annabel anne annie antonia arabella astrid audrey augusta aurora barbara beatrice bella bertha bessie bethany betsy betty blanche \
    brenda bridget camilla carmen carol caroline cassandra catherine cecilia cecily celia charity charlotte chiara chloe christina clara clarissa claudia \
    clementine constance cora cordelia cornelia cynthia daisy daphne deborah deirdre delia diana dinah dolores dora doris dorothea dorothy edith effie \
    eileen elaine eleanor elena elise eliza elizabeth ella ellen elsie emily emma enid erica esmeralda estelle esther ethel eudora eugenia eunice eva \
    fanny fatima felicity fiona flora florence frances freda frieda gabriella gemma georgiana georgina geraldine gertrude gladys gloria grace greta \
    griselda gwendolen gwendolyn hannah harriet hattie heather hedwig helen helena helga henrietta hermione hester hilda honor hope ida imogen ines \
    ingrid irene iris isabel isabella isobel ivy jane janet jasmine jemima jennifer jenny jessica jill joan joanna josephine joyce judith julia \
    juliana julie juliet kate katherine kathleen kathryn katya kirsten kitty lakshmi laura lavinia leah leila lena leonora letitia lilian lily linda lisa livia liza \
    lois lorna lottie louisa louise lucia lucinda lucrezia lucy lydia mabel madeleine magda magdalena maisie marcia margaret margery maria marian \
    marianne marie marigold marina marjorie martha mary mathilda matilda maud maureen mavis melissa mercedes mercy meredith mildred millicent mina minnie \
    miranda miriam moira molly mona monica muriel myra myrtle nadia nancy naomi natalia natasha nell nellie nina nora octavia olga olive olivia ophelia \
    pamela patience patricia pauline pearl peggy penelope philippa phoebe phyllis polly portia priscilla priya prudence rachel rebecca regina rhoda rita \
    rosa rosalind rosamund rose rosemary rosie rowena roxana ruby ruth sabina sally samantha sara sarah selina serena sheila sibyl silvia sofia sonia sophia \
    sophie stella susan susanna susannah suzanne svetlana sybil sylvia tabitha tamsin tanya tatiana teresa tess thelma theodora theresa ursula valentina \
    valerie vanessa vera veronica victoria viola violet virginia vivien wendy wilhelmina winifred yasmin yvonne zelda zoe";

static GENDERS: LazyLock<HashMap<&str, Gender>> = LazyLock::new(|| {
    let men = MEN.split_whitespace().map(|name| (name, Gender::Male));
    men.chain(WOMEN.split_whitespace().map(|name| (name, Gender::Female))).collect()
});

/// Whether a name begins with a man's or a woman's given name.
pub fn gender(name: &str) -> Option<Gender> {
    GENDERS.get(name.split(' ').next()?.to_lowercase().as_str()).copied()
}

/// Given names and their short forms, a name and its forms in each line. A form that is short for two names stands in both lines.
const SHORT_FORMS: &str = "thomas tom tommy\nwilliam will bill billy willie\njames jim jimmy jamie\njohn jack johnny\nrichard dick rick richie\n\
    robert bob rob bobby robbie\nedward ned ted eddie ed\nhenry harry hal\ncharles charlie chuck\ngeorge georgie\njoseph joe joey\n\
    samuel sam sammy\nbenjamin ben benny\nabraham abe bram\nalexander alec alex sandy\nandrew andy drew\nanthony tony\narthur art artie\n\
    daniel dan danny\ndavid dave davy\nfrancis frank\nfrederick fred freddie\ngregory greg\njonathan jon\nlaurence larry\nlawrence larry\n\
    leonard len\nmatthew matt\nmichael mike mick\nnathaniel nat nate\nnicholas nick\npatrick pat paddy\nperceval percy\npercival percy\n\
    peter pete\nphilip phil pip\nstephen steve\ntheodore ted teddy\ntimothy tim\ntobias toby\nvincent vince\nwalter wat walt\n\
    elizabeth bess beth betty eliza lizzie liz bessie betsy lisa\nmargaret meg maggie peggy madge daisy greta\ncatherine kate cathy kitty\n\
    katherine kate kathy kitty\nmary molly polly\nsarah sally\nanne annie nan nancy\nann annie nan nancy\nanna annie\nsusan sue susie\n\
    rebecca becky\ndorothy dot dolly dora\neleanor nell nellie nora\nhelen nell nellie\nellen nell nellie\nharriet hattie\n\
    henrietta hetty etta\nisabella bella izzy\njane jenny janie\nmartha patty\nmatilda tilly\nfrances fanny fran\ntheresa tess tessa\n\
    victoria vicky\nwinifred winnie\ncharlotte lottie\nalexandra alex sandra\namelia amy\njosephine josie jo\nphilippa pippa\n\
    rosamund rose\nvirginia ginny\ngertrude gertie trudy\nfrederica freddie\nconstance connie\ndeborah debbie\njudith judy\npatricia pat";

/// Whether one given name is short for the other, as Tom for Thomas. Case does not matter.
pub fn is_short_for(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    SHORT_FORMS.lines().any(|line| {
        let mut forms = line.split_whitespace();
        let whole = forms.next().unwrap_or_default();
        let short = if whole == one { &other } else { &one };
        (whole == one || whole == other) && forms.any(|form| form == short)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_of_one_person_in_both_directions() {
        assert!(is_short_for("Tom", "Thomas") && is_short_for("Thomas", "Tom") && is_short_for("Kate", "Katherine"));
        assert!(!is_short_for("Tom", "Tom") && !is_short_for("Tom", "Timothy") && !is_short_for("Jim", "Jimmy"));
    }

    #[test]
    fn no_name_is_in_both_lists_or_twice() {
        assert_eq!(GENDERS.len(), MEN.split_whitespace().count() + WOMEN.split_whitespace().count());
        assert_eq!((gender("Lucas Thrane"), gender("Hester"), gender("Evelyn")), (Some(Gender::Male), Some(Gender::Female), None));
    }
}
