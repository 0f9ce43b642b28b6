/*---
description = "STO-regio's that offer a profile in a leerweg, at one site or more, and how many of them have few pupils per site (table B3.4 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "leerweg", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "regios"] },
  { name = "een_of_meer_vestigingen", expression = "regios_1_vestiging + regios_meer_vestigingen = regios" },
]

[inputs]
"core.vestiging_profiel" = "same"

[[disclosure.units]]
column = "regios"
min = 1

[[disclosure.units]]
column = "regios_lt11"
min = 1

[[disclosure.units]]
column = "regios_1_vestiging"
min = 1

[[disclosure.units]]
column = "regios_1_vestiging_lt11"
min = 1

[[disclosure.units]]
column = "regios_meer_vestigingen"
min = 1

[[disclosure.units]]
column = "regios_meer_vestigingen_lt11"
min = 1

[columns]
schooljaar = "School year of the reference date 1 October"
leerweg = "bl, kl or gl"
profiel = "Profile"
sector = "techniek or niet-techniek"
regios = "STO-regio's with at least one third-year pupil in it; sites outside every region are left out"
regios_lt11 = "Of those: with a mean number of pupils per site below 11"
regios_1_vestiging = "STO-regio's where one site offers it"
regios_1_vestiging_lt11 = "Of those: with fewer than 11 pupils at it"
regios_meer_vestigingen = "STO-regio's where more than one site offers it"
regios_meer_vestigingen_lt11 = "Of those: with a mean number of pupils per site below 11"
---*/
with regios as (
    select
        schooljaar,
        leerweg,
        profiel,
        sector,
        regio,
        count(*) as vestigingen,
        avg(leerlingen) as gemiddeld
    from core.vestiging_profiel
    where regio is not null
      and sector in ('techniek', 'niet-techniek')
    group by schooljaar, leerweg, profiel, sector, regio
)
select
    schooljaar,
    leerweg,
    profiel,
    sector,
    count(*) as regios,
    count(*) filter (where gemiddeld < 11) as regios_lt11,
    count(*) filter (where vestigingen = 1) as regios_1_vestiging,
    count(*) filter (where vestigingen = 1 and gemiddeld < 11) as regios_1_vestiging_lt11,
    count(*) filter (where vestigingen > 1) as regios_meer_vestigingen,
    count(*) filter (where vestigingen > 1 and gemiddeld < 11) as regios_meer_vestigingen_lt11
from regios
group by schooljaar, leerweg, profiel, sector
