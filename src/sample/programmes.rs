//! Programmes with their element codes, as DUO's files spell them.

/// A track of secondary education.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Track {
    Bl,
    Kl,
    Gl,
    Tl,
    Havo,
    Vwo,
    Praktijk,
}

impl Track {
    /// The track of a leerweg of vmbo.
    pub(super) fn of(leerweg: &str) -> Self {
        match leerweg {
            "bl" => Self::Bl,
            "kl" => Self::Kl,
            "gl" => Self::Gl,
            _ => Self::Tl,
        }
    }

    /// Whether pupils have one of the ten profiles.
    pub(super) fn has_profiles(self) -> bool {
        matches!(self, Self::Bl | Self::Kl | Self::Gl)
    }

    /// The last year of the track.
    pub(super) fn years(self) -> u32 {
        match self {
            Self::Bl | Self::Kl | Self::Gl | Self::Tl => 4,
            Self::Havo | Self::Praktijk => 5,
            Self::Vwo => 6,
        }
    }
}

/// A profile of the vocational tracks.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) short: &'static str,
    /// In the exam results since 2016.
    pub(super) exam_code: &'static str,
    pub(super) name: &'static str,
    pub(super) vmbo_sector: &'static str,
    /// Second digit of the element code.
    digit: char,
}

const fn profile(
    short: &'static str,
    exam_code: &'static str,
    name: &'static str,
    vmbo_sector: &'static str,
    digit: char,
) -> Profile {
    Profile {
        short,
        exam_code,
        name,
        vmbo_sector,
        digit,
    }
}

/// The ten profiles.
pub(super) const PROFILES: [Profile; 10] = [
    profile("BWI", "BWI", "Bouwen, wonen en interieur", "Techniek", '0'),
    profile("PIE", "PIE", "Produceren, installeren en energie", "Techniek", '1'),
    profile("M&T", "MTR", "Mobiliteit en transport", "Techniek", '2'),
    profile("MVI", "MVI", "Media, vormgeving en ICT", "Techniek", '3'),
    profile("E&O", "EO", "Economie en ondernemen", "Economie", '4'),
    profile("HBR", "HBR", "Horeca, bakkerij en recreatie", "Economie", '5'),
    profile("Z&W", "ZWE", "Zorg en welzijn", "Zorg & Welzijn", '6'),
    profile("Groen", "G", "Groen", "Landbouw", '7'),
    profile("MaT", "MTE", "Maritiem en Techniek", "Techniek", '8'),
    profile("D&P", "DP", "Dienstverlening en producten", "Intersect. programma", '9'),
];

/// A programme: a line of the pupil counts is one at one site.
#[derive(Debug, Clone)]
pub(super) struct Programme {
    pub(super) onderwijstype: &'static str,
    pub(super) vmbo_sector: &'static str,
    pub(super) afdeling: &'static str,
    pub(super) elementcode: String,
    pub(super) name: String,
    /// `leerweg`, `profiel` and `sector` of the monitor.
    pub(super) cell: Option<(&'static str, &'static str, &'static str)>,
}

const NONE: &str = "N.v.t.";

/// The element code of what has no profile.
const NO_PROFILE_CODE: &str = "2911";

/// The place in `PROFILES` that stands for the older departments and the vocational route, which have no profile.
pub(super) const NO_PROFILE: usize = PROFILES.len();

/// The programme of a pupil: by track, year, profile (number in `PROFILES` or of the tl sector) and extra support.
pub(super) fn programme(track: Track, leerjaar: u32, choice: usize, lwoo: bool) -> Programme {
    let plain = |onderwijstype, code: &str, name: &str| Programme {
        onderwijstype,
        vmbo_sector: NONE,
        afdeling: NONE,
        elementcode: code.to_owned(),
        name: name.to_owned(),
        cell: None,
    };
    match (track, leerjaar) {
        (Track::Praktijk, _) => plain("Praktijkonderwijs alle vj", "0090", "Praktijkonderwijs"),
        (Track::Bl, ..3) => plain("Brugjaar 1-2", "0031", "Ljvb op VMBO-BBg Lw"),
        (Track::Kl, ..3) => plain("Brugjaar 1-2", "0032", "Ljvb op VMBO-Kbg Lw"),
        (Track::Gl, ..3) => plain("Brugjaar 1-2", "0012", "Ljvb op VMBO-Gm Lw"),
        (Track::Tl, ..3) => plain("Brugjaar 1-2", "0013", "Ljvb op VMBO-Th/Gm Lw"),
        (Track::Havo | Track::Vwo, ..3) => plain("Brugjaar 1-2", "0015", "Ljvb op VWO/HAVO"),
        (Track::Havo, 3) => plain("HAVO/VWO lj 3", "0300", "HAVO"),
        (Track::Vwo, 3) => plain("HAVO/VWO lj 3", "0100", "VWO-ATHENEUMSTROOM"),
        (Track::Havo, _) => general("HAVO lj 4-5", "HAVO Prf", "037", choice),
        (Track::Vwo, _) => general("VWO lj 4-6", "VWO-ATH Prf", "017", choice),
        (Track::Tl, 3) if choice.is_multiple_of(5) => Programme {
            cell: Some(("tl", "Profielloos", "geen profiel")),
            ..plain("VMBO TL lj 3-4", "0474", "MAVO/Theor Lw-Profielloos leerjaar 3")
        },
        (Track::Tl, _) => theoretical(choice),
        (Track::Bl, _) if choice == NO_PROFILE => Programme {
            cell: Some(("bl", "afdelingsvakken en vakmanschapsroute", "geen profiel")),
            ..plain("VMBO BL lj 3-4", NO_PROFILE_CODE, "VMBO Basisbg Lw Tech Bouw")
        },
        (Track::Bl, _) => vocational(
            "VMBO BL lj 3-4",
            "bl",
            "BB",
            if lwoo { "55" } else { "11" },
            choice,
            lwoo,
        ),
        (Track::Kl, _) => vocational(
            "VMBO KL lj 3-4",
            "kl",
            "KB",
            if lwoo { "65" } else { "21" },
            choice,
            lwoo,
        ),
        (Track::Gl, _) => vocational(
            "VMBO GL lj 3-4",
            "gl",
            "GL",
            if lwoo { "75" } else { "31" },
            choice,
            lwoo,
        ),
    }
}

fn general(onderwijstype: &'static str, prefix: &str, code: &str, choice: usize) -> Programme {
    let (digit, short, afdeling) = match choice % 4 {
        0 => (0, "Nat/Tech", "Natuur en Techniek"),
        1 => (1, "Nat/Gezond", "Natuur en Gezondheid"),
        2 => (2, "Ec/Maat", "Economie en Maatschappij"),
        _ => (3, "Cul/Maat", "Cultuur en Maatschappij"),
    };
    Programme {
        onderwijstype,
        vmbo_sector: NONE,
        afdeling,
        elementcode: format!("{code}{digit}"),
        name: format!("{prefix} {short}"),
        cell: None,
    }
}

fn theoretical(choice: usize) -> Programme {
    let (digit, profiel, vmbo_sector, sector) = match choice % 8 {
        0 => (0, "Techniek", "Techniek", "techniek"),
        1 | 2 => (1, "Zorg en Welzijn", "Zorg & Welzijn", "niet-techniek"),
        3 => (3, "Landbouw", "Landbouw", "niet-techniek"),
        _ => (2, "Economie", "Economie", "niet-techniek"),
    };
    Programme {
        onderwijstype: "VMBO TL lj 3-4",
        vmbo_sector,
        afdeling: NONE,
        elementcode: format!("047{digit}"),
        name: format!("MAVO/Theor Lw-Profiel {profiel}"),
        cell: Some(("tl", profiel, sector)),
    }
}

fn vocational(
    onderwijstype: &'static str,
    leerweg: &'static str,
    letters: &str,
    tail: &str,
    choice: usize,
    lwoo: bool,
) -> Programme {
    let profile = &PROFILES[choice % PROFILES.len()];
    let technical = profile.vmbo_sector == "Techniek";
    Programme {
        onderwijstype,
        vmbo_sector: profile.vmbo_sector,
        afdeling: profile.name,
        elementcode: format!("6{}{tail}", profile.digit),
        name: format!("{} {letters} {}", if lwoo { "LWOO" } else { "VMBO" }, profile.name),
        cell: Some((
            leerweg,
            profile.short,
            if technical { "techniek" } else { "niet-techniek" },
        )),
    }
}
