"""Groups of the twenty tasks that claims speak of (Yang et al. 2019, Table 1 and Fig. 2)."""

GO = ("fdgo", "reactgo", "delaygo")
ANTI = ("fdanti", "reactanti", "delayanti")
DM = ("dm1", "dm2", "contextdm1", "contextdm2", "multidm")
DELAY_DM = ("delaydm1", "delaydm2", "contextdelaydm1", "contextdelaydm2", "multidelaydm")
MATCHING = ("dmsgo", "dmsnogo", "dmcgo", "dmcnogo")
TASKS = (*GO, *ANTI, *DM, *DELAY_DM, *MATCHING)

NOT_ANTI = tuple(task for task in TASKS if task not in ANTI)
NOT_DM = (*GO, *ANTI, *MATCHING)
DM_MODALITY_1 = ("dm1", "contextdm1", "delaydm1", "contextdelaydm1")
DM_MODALITY_2 = ("dm2", "contextdm2", "delaydm2", "contextdelaydm2")
