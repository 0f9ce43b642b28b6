//! Columns of a contract: what a field must be, and what becomes of it.
use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use regex::bytes::Regex;

use super::codes::CodeList;
use super::date::DateFormat;
use super::header::HeaderRegex;
use crate::lake::FIELD_TAG;
use crate::pseudonym::{FIELD_NOT_KEY, IdType, Repairs};

/// Whether and how a text is changed before it is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// ASCII letters to upper case.
    Upper,
    /// ASCII letters to lower case.
    Lower,
}

/// How sensitive a column is, the strictest last; anything but public is masked in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tag {
    /// May be shown.
    Public,
    /// Says something of a person.
    Personal,
    /// Special or otherwise harmful personal data.
    Sensitive,
}

impl Tag {
    /// The field metadata of a tagged column: no bounds of it are kept anywhere.
    pub fn note(self) -> Option<(String, String)> {
        let name = match self {
            Self::Public => return None,
            Self::Personal => "personal",
            Self::Sensitive => "sensitive",
        };
        Some((FIELD_TAG.to_owned(), name.to_owned()))
    }

    /// The tag that [`Tag::note`] left in a field's metadata; a word that is none counts as the strictest.
    pub fn of(field: &Field) -> Self {
        match field.metadata().get(FIELD_TAG).map(String::as_str) {
            None | Some("public") => Self::Public,
            Some("personal") => Self::Personal,
            Some(_) => Self::Sensitive,
        }
    }
}

/// What happens to a person key that fails its test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnInvalid {
    /// The row goes to quarantine.
    Quarantine,
    /// The key becomes null and the row stays.
    Null,
}

/// What happens to a row whose `rin` is of another register than that of persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnOtherRegister {
    /// As to a row with any other key that is not valid.
    Invalid,
    /// The row is left out and counted: it is not about a person that can be known.
    Drop,
}

/// The codes a code column accepts.
#[derive(Debug, Clone)]
pub struct Codes {
    /// From the code to its row in the list, or to its place in the inline list.
    pub index: HashMap<Vec<u8>, u32>,
    /// The list, unless the codes are written in the contract.
    pub list: Option<Arc<CodeList>>,
    /// Output columns taken from the list: name and the list's column.
    pub lookup: Vec<(String, usize)>,
}

/// What a person key is made of and why it may be there.
#[derive(Debug, Clone)]
pub struct KeyRule {
    /// Which identifier.
    pub id: IdType,
    /// The input column with the register letter of a `rin`.
    pub register: Option<usize>,
    /// What happens to a row of another register.
    pub on_other_register: OnOtherRegister,
    /// What happens to an invalid key.
    pub on_invalid: OnInvalid,
    /// Which reported repairs are allowed.
    pub repairs: Repairs,
    /// The legal basis of holding it.
    pub legal_basis: String,
    /// The purposes it may be used for.
    pub purpose: Vec<String>,
}

/// The type of a column with the settings that belong to it.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Text, optionally matching a pattern as a whole.
    Text(Option<Regex>),
    /// A whole number of 32 bits.
    Integer,
    /// A whole number of 64 bits.
    BigInt,
    /// A decimal number.
    Decimal {
        /// Digits in all, at most 38.
        precision: u8,
        /// Digits behind the decimal sign.
        scale: u8,
        /// The decimal sign.
        sign: u8,
        /// The sign between groups of thousands.
        thousands: Option<u8>,
    },
    /// A binary number of 64 bits.
    Double {
        /// The decimal sign.
        sign: u8,
        /// Smallest and largest value.
        range: Option<(f64, f64)>,
    },
    /// A calendar date.
    Date(DateFormat),
    /// A school year, stored as `2019-2020`.
    SchoolYear,
    /// True or false by their codes.
    Boolean {
        /// Texts that mean true.
        yes: Vec<Vec<u8>>,
        /// Texts that mean false.
        no: Vec<Vec<u8>>,
    },
    /// A code of a code list.
    Code(Codes),
    /// A person key, pseudonymised.
    PersonKey(KeyRule),
}

impl Kind {
    /// The same kind for numbers that are written with a point, and without signs between thousands.
    pub fn with_point(&mut self) {
        match self {
            Self::Decimal { sign, thousands, .. } => (*sign, *thousands) = (b'.', None),
            Self::Double { sign, .. } => *sign = b'.',
            _ => {}
        }
    }
}

/// Where a column's field comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A header of the file: any of these, folded.
    Header(Vec<String>),
    /// The one header of the file that fits.
    HeaderPattern(HeaderRegex),
    /// Bytes of a fixed-width record: start from 0, and width.
    Bytes(usize, usize),
    /// Bytes of an item of the packed field: start from 0, and width.
    Item(usize, usize),
    /// A named part of the unpivoted headers.
    Part,
    /// A value of the unpivoted headers.
    Value,
    /// The delivery's period.
    Period,
    /// The delivery's file name.
    File,
    /// Why the value of the column at this place is missing.
    Reason(usize),
}

/// One column of a contract.
#[derive(Debug, Clone)]
pub struct Column {
    /// The name in SQL.
    pub name: String,
    /// Where its field comes from.
    pub origin: Origin,
    /// What it must be.
    pub kind: Kind,
    /// Whether it may be missing.
    pub nullable: bool,
    /// Texts that mean missing; blank always does.
    pub missing: Vec<Vec<u8>>,
    /// What a text that means missing looks like as a whole.
    pub missing_pattern: Option<Regex>,
    /// Texts that mean suppressed.
    pub suppressed: Vec<Vec<u8>>,
    /// Smallest and largest value: numbers as scaled integers, dates as days since 1970.
    pub range: Option<(i128, i128)>,
    /// Delivered text to text, before any check.
    pub map: HashMap<Vec<u8>, Vec<u8>>,
    /// A change of case before any check.
    pub case: Option<Case>,
    /// Whether blanks around the field are dropped.
    pub trim: bool,
    /// Why its numbers are no person keys, though they may pass a test of those.
    pub not_a_person_key: Option<String>,
    /// How sensitive it is.
    pub tag: Tag,
    /// The unit of a number.
    pub unit: Option<String>,
    /// What it means.
    pub description: Option<String>,
    /// Whether it is stored.
    pub store: bool,
    /// Whether the labels of its values take the place of the values.
    pub labels: bool,
}

impl Column {
    /// The Arrow type of the column.
    pub fn data_type(&self) -> DataType {
        match &self.kind {
            Kind::Text(_) | Kind::SchoolYear | Kind::Code(_) => DataType::Utf8,
            Kind::Integer => DataType::Int32,
            Kind::BigInt => DataType::Int64,
            Kind::Decimal { precision, scale, .. } => {
                DataType::Decimal128(*precision, i8::try_from(*scale).unwrap_or(i8::MAX))
            }
            Kind::Double { .. } => DataType::Float64,
            Kind::Date(_) => DataType::Date32,
            Kind::Boolean { .. } => DataType::Boolean,
            Kind::PersonKey(_) => DataType::FixedSizeBinary(16),
        }
    }

    /// Whether the stored column may hold nulls.
    pub fn may_be_null(&self) -> bool {
        let dropped_key = matches!(&self.kind, Kind::PersonKey(rule) if rule.on_invalid == OnInvalid::Null);
        self.nullable || !self.suppressed.is_empty() || dropped_key
    }

    /// Whether what an SPSS file says of its codes is kept as a code list: stored, from the file, and of no person. What
    /// has a sensitivity tag and is no code of a list could have names for labels.
    pub fn has_labels(&self) -> bool {
        let from_file = !matches!(
            self.origin,
            Origin::Part | Origin::Period | Origin::File | Origin::Reason(_)
        );
        let of_persons = self.tag != Tag::Public && !matches!(self.kind, Kind::Code(_));
        self.store && from_file && !of_persons && !matches!(self.kind, Kind::PersonKey(_))
    }

    /// The fields this column yields: itself, `<name>_suppressed`, and what its code list adds.
    pub fn fields(&self) -> Vec<Field> {
        let mut field = Field::new(&self.name, self.data_type(), self.may_be_null());
        let mut notes = HashMap::new();
        notes.extend(self.description.clone().map(|text| ("description".to_owned(), text)));
        notes.extend(self.unit.clone().map(|text| ("unit".to_owned(), text)));
        let not_key = self.not_a_person_key.clone();
        notes.extend(not_key.map(|reason| (FIELD_NOT_KEY.to_owned(), reason)));
        if let Kind::PersonKey(rule) = &self.kind {
            notes.insert("sluis.key".to_owned(), rule.id.as_str().to_owned());
        }
        notes.extend(self.tag.note());
        field.set_metadata(notes);
        let mut fields = vec![field];
        if !self.suppressed.is_empty() {
            fields.push(Field::new(
                format!("{}_suppressed", self.name),
                DataType::Boolean,
                false,
            ));
        }
        if let Kind::Code(codes) = &self.kind {
            // what a code stands for says as much as the code
            let mut tag: HashMap<_, _> = self.tag.note().into_iter().collect();
            tag.insert(FIELD_NOT_KEY.to_owned(), "of a code list of the project".to_owned());
            let field = |name: &String| Field::new(name, DataType::Utf8, true).with_metadata(tag.clone());
            fields.extend(codes.lookup.iter().map(|(name, _)| field(name)));
        }
        fields
    }
}
