namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether the settings make a sensor.</summary>
internal sealed class SettingsCheck() : Inspection("settings")
{
    /// <summary>Enough to begin with; validate lists them all.</summary>
    private const int Most = 5;

    protected override IEnumerable<Finding> Look(Patient patient)
    {
        if (patient.Mistakes.Count == 0 && patient.Plan is { } plan)
        {
            yield return Finding.Ok($"{patient.Settings}: {plan.Name} plays {plan.Profile.Title}");
            yield break;
        }
        foreach (var mistake in patient.Mistakes.Take(Most)) yield return Finding.Failure(mistake);
        if (patient.Mistakes.Count > Most) yield return Finding.Failure($"{patient.Mistakes.Count - Most} more mistakes; see all of them: conpot-pi validate");
    }
}
