/*---
description = "Share of STO-regio's with more than one site among those that offer a profile in a leerweg, and among those with few pupils per site (table B3.16 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "leerweg", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "regios", "aandeel"] },
  { expression = "meer_vestigingen <= regios and meer_vestigingen_lt11 <= regios_lt11" },
]

[inputs]
"core.vestiging_profiel" = "same"

[[disclosure.units]]
column = "meer_vestigingen"
min = 1

[[disclosure.units]]
column = "regios"
min = 1
blank = "aandeel"

[[disclosure.units]]
column = "meer_vestigingen_lt11"
min = 1

[[disclosure.units]]
column = "regios_lt11"
min = 1
blank = "aandeel_lt11"

[columns]
schooljaar = "School year of the reference date 1 October"
leerweg = "bl, kl or gl"
profiel = "Profile"
sector = "techniek or niet-techniek"
meer_vestigingen = "STO-regio's where more than one site has at least one third-year pupil in it"
regios = "STO-regio's where any site has; sites outside every region are left out"
aandeel = "Share of meer_vestigingen in regios, percent"
meer_vestigingen_lt11 = "STO-regio's with more than one site and a mean number of pupils per site below 11"
regios_lt11 = "STO-regio's with a mean number of pupils per site below 11"
aandeel_lt11 = "Share of meer_vestigingen_lt11 in regios_lt11, percent; null where no region has that few (the report prints 0)"
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
), geteld as (
    select
        schooljaar,
        leerweg,
        profiel,
        sector,
        count(*) filter (where vestigingen > 1) as meer_vestigingen,
        count(*) as regios,
        count(*) filter (where vestigingen > 1 and gemiddeld < 11) as meer_vestigingen_lt11,
        count(*) filter (where gemiddeld < 11) as regios_lt11
    from regios
    group by schooljaar, leerweg, profiel, sector
)
select
    schooljaar,
    leerweg,
    profiel,
    sector,
    meer_vestigingen,
    regios,
    100.0 * meer_vestigingen / regios as aandeel,
    meer_vestigingen_lt11,
    regios_lt11,
    100.0 * meer_vestigingen_lt11 / nullif(regios_lt11, 0) as aandeel_lt11
from geteld
