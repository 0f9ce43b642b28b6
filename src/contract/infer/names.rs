//! Column names: from headers in plain Dutch to lower snake case, and what a name says of the people in a file.
use std::collections::HashSet;

/// Lower snake case of a header or a field's title: accents folded, what stands in `(= ...)` left out.
pub fn snake_case(title: &str) -> String {
    let mut name = String::with_capacity(title.len());
    for letter in without_synonym(title).chars() {
        match fold(letter) {
            Some(folded) => name.push_str(folded),
            None if letter.is_ascii_alphanumeric() => name.push(letter.to_ascii_lowercase()),
            // an apostrophe joins, all else separates
            None if matches!(letter, '\'' | '’' | '`') => {}
            None if name.ends_with('_') || name.is_empty() => {}
            None => name.push('_'),
        }
    }
    let name = name.trim_end_matches('_');
    match name.chars().next() {
        None => "kolom".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("k_{name}"),
        Some(_) => name.to_owned(),
    }
}

/// `Code denominatie (= richting)` without its synonym
fn without_synonym(title: &str) -> String {
    match (title.find("(="), title.rfind(')')) {
        (Some(open), Some(close)) if open < close => format!("{}{}", &title[..open], &title[close + 1..]),
        _ => title.to_owned(),
    }
}

fn fold(letter: char) -> Option<&'static str> {
    Some(match letter {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'Á' | 'À' | 'Â' | 'Ä' | 'Ã' | 'Å' => "a",
        'ç' | 'Ç' => "c",
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' => "e",
        'í' | 'ì' | 'î' | 'ï' | 'Í' | 'Ì' | 'Î' | 'Ï' => "i",
        'ĳ' | 'Ĳ' => "ij",
        'ñ' | 'Ñ' => "n",
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' | 'Ó' | 'Ò' | 'Ô' | 'Ö' | 'Õ' | 'Ø' => "o",
        'ú' | 'ù' | 'û' | 'ü' | 'Ú' | 'Ù' | 'Û' | 'Ü' => "u",
        'ý' | 'ÿ' | 'Ý' => "y",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ß' => "ss",
        '%' => "_perc",
        '€' => "eur",
        _ => return None,
    })
}

/// Names made distinct by a number behind the later ones
pub fn distinct(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut one = |name: String| {
        let mut free = name.clone();
        let mut number = 2;
        while !taken.insert(free.clone()) {
            free = format!("{name}_{number}");
            number += 1;
        }
        free
    };
    names.into_iter().map(&mut one).collect()
}

/// What a name says of people
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Nothing
    Nobody,
    /// Burgerservicenummer
    Bsn,
    /// Onderwijsnummer
    Onderwijsnummer,
    /// CBS's RINPERSOON
    Rin,
    /// CBS's RINPERSOONS, the register of a RIN
    Register,
    /// A number of a person that sluis has no rule for
    OtherNumber,
    /// A name, an address, a telephone number, a date of birth
    Direct,
    /// Says something of a person once it stands beside a person's number: sex, nationality, age, postcode
    Quasi,
}

impl About {
    /// Whether it identifies a person by number
    pub fn is_number(self) -> bool {
        matches!(
            self,
            About::Bsn | About::Onderwijsnummer | About::Rin | About::OtherNumber
        )
    }
}

const OTHER_NUMBERS: [&str; 16] = [
    "persoonsgebonden_nummer",
    "persoonsgebondennummer",
    "pgn",
    "persoonsnummer",
    "persoonsnr",
    "persoon_id",
    "personeelsnummer",
    "leerlingnummer",
    "leerlingnr",
    "leerling_id",
    "studentnummer",
    "student_id",
    "deelnemernummer",
    "a_nummer",
    "anummer",
    "patientnummer",
];
const DIRECT: [&str; 27] = [
    "naam",
    "voornaam",
    "voornamen",
    "achternaam",
    "roepnaam",
    "geslachtsnaam",
    "meisjesnaam",
    "voorletters",
    "voorvoegsel",
    "voorvoegsels",
    "tussenvoegsel",
    "email",
    "emailadres",
    "mail",
    "telefoon",
    "telefoonnummer",
    "mobiel",
    "adres",
    "woonadres",
    "straat",
    "straatnaam",
    "huisnummer",
    "iban",
    "rekeningnummer",
    "surname",
    "phone",
    "address",
];
const QUASI: [&str; 16] = [
    "geslacht",
    "sexe",
    "gender",
    "nationaliteit",
    "leeftijd",
    "age",
    "postcode",
    "postcodecijfers",
    "pc4",
    "pc6",
    "woonplaats",
    "generatie",
    "migratieachtergrond",
    "etniciteit",
    "geloof",
    "handicap",
];
const ORGANISATIONS: [&str; 26] = [
    "instelling",
    "school",
    "vestiging",
    "gemeente",
    "plaats",
    "land",
    "opleiding",
    "gezag",
    "bestuur",
    "provincie",
    "regio",
    "gebied",
    "vak",
    "profiel",
    "bedrijf",
    "werkgever",
    "organisatie",
    "product",
    "sector",
    "afdeling",
    "denominatie",
    "corop",
    "omschrijving",
    "onderwijs",
    "bestand",
    "nationaliteit",
];

/// What a column's name (lower snake case) says of people
pub fn about(name: &str) -> About {
    let words: Vec<&str> = name.split('_').collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    if name.contains("burgerservice") || has(&["bsn", "sofinummer", "sofinr", "sofi"]) {
        return About::Bsn;
    }
    if has(&["onderwijsnummer"]) {
        return About::Onderwijsnummer;
    }
    if words.iter().any(|word| word.starts_with("rinpersoons")) {
        return About::Register;
    }
    if words.iter().any(|word| word.starts_with("rinpersoon")) || name == "rin" {
        return About::Rin;
    }
    if OTHER_NUMBERS
        .iter()
        .any(|number| name == *number || name.starts_with(&format!("{number}_")))
    {
        return About::OtherNumber;
    }
    let of_organisation = ORGANISATIONS.iter().any(|word| name.contains(word));
    if name.contains("geboorted") || name.contains("geboortej") || has(&["geboren_op", "birthdate", "dob"]) {
        return About::Direct;
    }
    if name.contains("geboren") || name.contains("geboortel") || name.contains("geboortep") || name.contains("herkomst")
    {
        return About::Quasi;
    }
    if has(&DIRECT) && !of_organisation {
        return About::Direct;
    }
    if has(&QUASI) || name.contains("migratie") || name.contains("nationaliteit") {
        return About::Quasi;
    }
    About::Nobody
}

/// Whether a name ends in a word for a number that tells things apart, as `vestigingsnummer`: no list of codes
pub fn is_number(name: &str) -> bool {
    let last = name.rsplit('_').next().unwrap_or(name);
    ["nummer", "nr", "id"].iter().any(|word| last.ends_with(word))
}

/// Whether whole numbers under this name number or order things instead of counting them
pub fn numbers_something(name: &str) -> bool {
    let last = name.rsplit('_').next().unwrap_or(name);
    let ends = [
        "jaar", "code", "maand", "kwartaal", "periode", "week", "dag", "volgorde",
    ];
    is_number(name) || ends.iter().any(|word| last.ends_with(word))
}

/// Whether a name is of a column that tells schools, employers or other organisations apart
pub fn tells_organisations_apart(name: &str) -> bool {
    name.split('_').any(|word| {
        [
            "brin",
            "brinnummer",
            "vestigingsnummer",
            "vestigingscode",
            "instellingscode",
            "kvk",
            "kvknummer",
            "rsin",
        ]
        .contains(&word)
    })
}

/// Whether each column is to be tagged personal, from all names of a table together: a telephone number is a school's
/// when the table is of schools, and a sex is a person's when the table has persons
pub fn personal(abouts: &[About], names: &[String]) -> Vec<bool> {
    let persons = abouts.iter().any(|about| about.is_number());
    let organisations = names.iter().any(|name| tells_organisations_apart(name));
    let birth = names.iter().any(|name| name.contains("geboorted"));
    let one = |about: &About| match about {
        About::Nobody | About::Register => false,
        About::Bsn | About::Onderwijsnummer | About::Rin | About::OtherNumber => true,
        About::Direct => persons || birth || !organisations,
        About::Quasi => persons || birth,
    };
    abouts.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_names() {
        for (title, name) in [
            ("BRIN NUMMER", "brin_nummer"),
            ("Code beëindiging", "code_beeindiging"),
            ("Hoogste vooropleiding vóór het HO", "hoogste_vooropleiding_voor_het_ho"),
            ("Code denominatie (= richting)", "code_denominatie"),
            (
                "Soort inschrijving act. inst - type ho",
                "soort_inschrijving_act_inst_type_ho",
            ),
            ("Postbus J/N", "postbus_j_n"),
            ("ISCEDF2013-rubriek", "iscedf2013_rubriek"),
            (" 's-Gravenhage ", "s_gravenhage"),
            ("2e taal", "k_2e_taal"),
            ("SLAAG%", "slaag_perc"),
            ("", "kolom"),
            ("日本", "kolom"),
        ] {
            assert_eq!(snake_case(title), name, "{title}");
        }
        let names = ["a", "a", "a_2", "b"].map(str::to_owned);
        assert_eq!(distinct(names), ["a", "a_2", "a_2_2", "b"]);
    }

    #[test]
    fn names_tell_of_people() {
        for (name, expected) in [
            ("burgerservicenummer", About::Bsn),
            ("bsn_leerling", About::Bsn),
            ("onderwijsnummer", About::Onderwijsnummer),
            ("rinpersoon", About::Rin),
            ("rinpersoonrelatie", About::Rin),
            ("rinpersoonsrelatie", About::Register),
            ("persoonsgebonden_nummer", About::OtherNumber),
            ("naam", About::Direct),
            ("naam_instelling", About::Nobody),
            ("instellingsnaam_vestiging", About::Nobody),
            ("gemeentenaam", About::Nobody),
            ("geboortedatum", About::Direct),
            ("geboorteland_ouder_1", About::Quasi),
            ("geslacht", About::Quasi),
            ("nationaliteit_1", About::Quasi),
            ("opleidingscode", About::Nobody),
            ("aantal", About::Nobody),
        ] {
            assert_eq!(about(name), expected, "{name}");
        }
    }

    #[test]
    fn numbers_are_told_from_counts() {
        for name in ["vestigingsnummer", "volgnr", "leerjaar", "opleidingscode", "persoon_id"] {
            assert!(numbers_something(name), "{name}");
        }
        for name in ["aantal", "leer_of_verblijfsjaar_1_man", "geslaagden"] {
            assert!(!numbers_something(name), "{name}");
        }
    }

    #[test]
    fn a_sex_is_personal_beside_a_person() {
        let tagged = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            personal(&names.iter().map(|name| about(name)).collect::<Vec<_>>(), &names)
        };
        assert_eq!(tagged(&["bsn", "geslacht", "aantal"]), [true, true, false]);
        assert_eq!(
            tagged(&["brin_nummer", "geslacht", "telefoonnummer"]),
            [false, false, false]
        );
        assert_eq!(tagged(&["naam", "telefoonnummer"]), [true, true]);
    }
}
