/*---
description = "What fourth-year vmbo pupils do in the next school year, one row per person and school year; a school year has rows once the enrolments of the next one in secondary education and in mbo are there"
owner = "onderwijsdata"
grain = ["schooljaar", "persoon"]
partition = ["schooljaar"]
audits = [
  { not_null = ["leerweg", "profiel", "sector", "bestemming"] },
  { accepted = { column = "bestemming", values = ["mbo bol", "mbo bbl", "havo/vwo", "blijft in vmbo", "overig"] } },
  { name = "opleiding_bij_mbo", expression = "(techniek is not null) = (bestemming in ('mbo bol', 'mbo bbl'))" },
]

[inputs]
"core.vierdejaars" = "same"
"core.inschrijving" = { window = ["schooljaar", 1, 1] }
"core.mbo_inschrijving" = { window = ["schooljaar", 1, 1] }

[columns]
schooljaar = "School year of the fourth year; the destination is that of the next school year"
persoon = "Pseudonym of the pupil"
leerweg = "Track of vmbo in the fourth year: bl, kl, gl or tl"
profiel = "Profile in the fourth year; in tl the sector chosen"
sector = "techniek, niet-techniek or geen profiel"
geslacht = "MAN or VROUW; null unknown"
migratieachtergrond = "Migration background: 0 none, 1 born abroad, 2 at least one parent born abroad; null unknown"
bestemming = "The first that holds on the next 1 October: mbo bol or mbo bbl, havo/vwo, blijft in vmbo (also its lower years and vmbo at an adult school), overig (pro, other education, or not found: no enrolment, or an onderwijsnummer without a link)"
sectorkamer = "Of the mbo programme: sector chamber. Of several programmes the highest level counts; then bol before bbl, then the smallest crebo, then the smallest institution code"
techniek = "Of the same mbo programme: whether DUO calls it technical"
---*/
with mbo as (
    select
        schooljaar_min(schooljaar, 1) as schooljaar,
        persoon,
        leerroute,
        sectorkamer,
        techniek,
        row_number() over (
            partition by schooljaar, persoon
            order by niveau desc, leerroute desc, crebo, brin
        ) as volgorde
    from core.mbo_inschrijving
    where persoon is not null
), vo as (
    select
        schooljaar_min(schooljaar, 1) as schooljaar,
        persoon,
        bool_or(onderwijssoort in ('havo/vwo', 'onderbouw havo/vwo')) as havo_vwo,
        bool_or(onderwijssoort in ('vmbo', 'onderbouw vmbo')) as vmbo
    from core.inschrijving
    group by schooljaar_min(schooljaar, 1), persoon
), bekend as (
    select distinct schooljaar_min(schooljaar, 1) as schooljaar from core.inschrijving
    intersect
    select distinct schooljaar_min(schooljaar, 1) as schooljaar from core.mbo_inschrijving
)
select
    l.schooljaar,
    l.persoon,
    l.leerweg,
    l.profiel,
    l.sector,
    l.geslacht,
    l.migratieachtergrond,
    case
        when m.persoon is not null then 'mbo ' || m.leerroute
        when v.havo_vwo then 'havo/vwo'
        when v.vmbo then 'blijft in vmbo'
        else 'overig'
    end as bestemming,
    m.sectorkamer,
    m.techniek
from core.vierdejaars l
join bekend b on b.schooljaar = l.schooljaar
left join mbo m on m.schooljaar = l.schooljaar and m.persoon = l.persoon and m.volgorde = 1
left join vo v on v.schooljaar = l.schooljaar and v.persoon = l.persoon
