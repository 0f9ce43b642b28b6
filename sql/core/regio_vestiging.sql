/*---
description = "STO-regio of each site, by school year; a site outside every region has no row"
owner = "onderwijsdata"
grain = ["schooljaar", "vestiging"]
partition = ["schooljaar"]
audits = [
  { not_null = ["regio"] },
  { relation = { column = "vestiging", to = "staging.duo_vestigingen" }, severity = "warning" },
]

[inputs]
"staging.sto_regios" = "same"

[columns]
schooljaar = "School year the list of regions holds for"
vestiging = "School site, six characters"
regio = "Name of the STO-regio"
---*/
select
    schooljaar,
    vestiging,
    regio
from staging.sto_regios
