/*---
description = "Fourth-year vmbo pupils, one row per person and school year: the enrolment that tells leerweg and profile"
owner = "onderwijsdata"
grain = ["schooljaar", "persoon"]
partition = ["schooljaar"]
audits = [
  { not_null = ["vestiging", "leerweg", "profiel", "sector"] },
]

[inputs]
"core.inschrijving" = "same"

[columns]
schooljaar = "School year of the fourth year"
persoon = "Pseudonym of the pupil"
vestiging = "Site of the enrolment. Of several enrolments it is one in a profile of bl, kl or gl, before any other; then that at the site with the smallest code"
leerweg = "Track of vmbo: bl, kl, gl or tl"
profiel = "Profile; in tl the sector chosen"
sector = "techniek, niet-techniek or geen profiel"
geslacht = "MAN or VROUW; null unknown"
migratieachtergrond = "Migration background: 0 none, 1 born abroad, 2 at least one parent born abroad; null unknown"
---*/
with inschrijvingen as (
    select
        schooljaar,
        persoon,
        vestiging,
        leerweg,
        profiel,
        sector,
        geslacht,
        migratieachtergrond,
        row_number() over (
            partition by schooljaar, persoon
            order by case when leerweg <> 'tl' and sector <> 'geen profiel' then 0 else 1 end, vestiging
        ) as volgorde
    from core.inschrijving
    where leerjaar = 4
      and leerweg is not null
)
select
    schooljaar,
    persoon,
    vestiging,
    leerweg,
    profiel,
    sector,
    geslacht,
    migratieachtergrond
from inschrijvingen
where volgorde = 1
