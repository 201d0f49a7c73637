"""Which experiments a figure shows."""

# figure -> the experiments whose networks it shows
FIGURES: dict[str, tuple[str, ...]] = {
    "fig1": ("reference",),
    "fig2": ("reference",),
    "figS1": ("reference",),
    "figS2": ("reference",),
    "figS3": ("reference",),
    "figS4": ("reference",),
    "figS5": ("reference",),
    "figS_schedules": ("reference", "published_schedule", "small_batches"),
    "scorecard": ("reference",),
}
