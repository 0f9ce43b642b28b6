use super::*;

mod files;
mod planted;
mod printed;

use std::sync::LazyLock;

static SCHOOLS: LazyLock<Schools> = LazyLock::new(|| Schools::new(1, &invented_schools(), FEWER_SCHOOLS));

/// The staff of a country, at the full scale.
static CORPS: LazyLock<Corps> =
    LazyLock::new(|| people(dice::mixed(1), 1.0, &Margins::new(), &SCHOOLS, &Subjects::new()));

/// Some 400 schools with the profiles spread over them about as they are.
fn invented_schools() -> Vec<School> {
    let weights = [45, 60, 25, 28, 3, 65, 45, 40, 30, 70];
    let mut dice = dice::Dice::new(4, dice::About::School, 0);
    let letter = |at: usize| char::from(b'A' + u8::try_from(at % 26).unwrap());
    (0..400)
        .map(|at| School {
            brin: format!("9{}{}{}", at / 676, letter(at / 26), letter(at)),
            profiles: (person::PROFILES.iter().zip(weights))
                .filter(|(_, weight)| dice.below(100) < *weight)
                .map(|(profile, _)| *profile)
                .collect(),
        })
        .collect()
}
