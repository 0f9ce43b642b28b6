//! Columns of person keys.
use super::{Context, Findings, Kind};
use crate::contract::column::{KeyRule, OnInvalid, OnOtherRegister};
use crate::contract::raw::RawColumn;
use crate::pseudonym::{IdType, Repairs};

/// A person key, which must say why it may be here.
pub fn person_key(raw: &RawColumn, context: &Context<'_>, findings: &mut Findings<'_>) -> Kind {
    let known = IdType::ALL.map(IdType::as_str);
    let id = match &raw.key {
        Some(word) => findings
            .word(word, "a kind of person key", &known)
            .unwrap_or(IdType::Bsn),
        None => {
            findings
                .add(raw.kind.span(), "key", "which person key is it?")
                .hint("key = \"bsn\", \"onderwijsnummer\", \"rin\" or \"beid\"");
            IdType::Bsn
        }
    };
    let register = raw.register.as_ref().and_then(|word| {
        let place = context.names.get(word.get_ref().as_str()).copied();
        if place.is_none() {
            let known: Vec<&str> = context.names.keys().copied().collect();
            findings.unknown(
                word.span(),
                "register",
                "a column of this contract",
                word.get_ref(),
                &known,
            );
        }
        place
    });
    if id == IdType::Rin && raw.register.is_none() {
        findings
            .add(raw.kind.span(), "register", "a rin counts only with its register")
            .hint("register = \"rinpersoons\"");
    }
    if id != IdType::Rin
        && let Some(word) = raw.register.as_ref().or(raw.on_other_register.as_ref())
    {
        findings.add(
            word.span(),
            "register",
            format!("only a rin has a register, a {id} has none"),
        );
    }
    let blank = |text: &String| text.trim().is_empty();
    if raw.legal_basis.as_ref().is_none_or(blank) || raw.purpose.iter().all(blank) {
        findings.add(
            raw.name.span(),
            "legal_basis",
            "a person key needs a legal basis and a purpose",
        );
        findings.hint("legal_basis = \"...\" and purpose = [\"...\"]: why may it be here?");
    }
    let mut repairs = Repairs::default();
    if id == IdType::Beid
        && let Some(repair) = raw.repairs.first()
    {
        findings.add(
            repair.span(),
            "repairs",
            "a beid is taken as it is delivered: nothing of it can be repaired",
        );
    }
    for repair in &raw.repairs {
        match repair.get_ref().as_str() {
            "leading_zero" => repairs.leading_zero = true,
            "trailing_decimal" => repairs.trailing_decimal = true,
            other => {
                let known = ["leading_zero", "trailing_decimal"];
                findings.unknown(repair.span(), "repairs", "a repair", other, &known);
            }
        }
    }
    let on_other_register = raw
        .on_other_register
        .as_ref()
        .and_then(|word| findings.word(word, "a policy", &["quarantine", "drop"]));
    let on_invalid = raw
        .on_invalid
        .as_ref()
        .and_then(|word| findings.word(word, "a policy", &["quarantine", "null"]));
    Kind::PersonKey(KeyRule {
        id,
        register,
        on_other_register: on_other_register.unwrap_or(OnOtherRegister::Invalid),
        on_invalid: on_invalid.unwrap_or(OnInvalid::Quarantine),
        repairs,
        legal_basis: raw.legal_basis.clone().unwrap_or_default(),
        purpose: raw.purpose.clone(),
    })
}
