namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether the library is there that TLS needs; the sensor itself does without it.</summary>
internal sealed class TlsCheck(Func<bool> isAvailable) : Inspection("tls-library")
{
    protected override IEnumerable<Finding> Look(Patient patient)
    {
        var secure = patient.Plan?.Sinks.Where(s => s.Sink.Target?.Address is { IsSecure: true }).Select(s => s.Sink.Name).ToList() ?? [];
        if (secure.Count == 0) yield return Finding.Skipped("no sink uses TLS");
        else if (isAvailable()) yield return Finding.Ok("libssl is installed");
        else yield return Finding.Failure($"{string.Join(", ", secure)} cannot send without libssl, which is not installed; sudo apt-get install libssl3");
    }
}
