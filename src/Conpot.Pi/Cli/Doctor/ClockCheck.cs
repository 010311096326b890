using System.Globalization;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether the times in the journal will be right: a Raspberry Pi has no battery for its clock, and starts where it stopped.</summary>
internal sealed class ClockCheck(Func<bool> isSynchronised) : Inspection("clock")
{
    /// <summary>No sensor is older than this program.</summary>
    private const int FirstYear = 2026;

    protected override IEnumerable<Finding> Look(Patient patient)
    {
        var now = patient.Time.GetUtcNow();
        var shown = now.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        const string remedy = "name a time server of your network: NTP=192.168.1.1 in /etc/systemd/timesyncd.conf, then sudo timedatectl set-ntp true && sudo systemctl restart systemd-timesyncd";
        if (now.Year < FirstYear) yield return new Finding(Verdict.Failure, $"it is {shown} here, which cannot be", remedy);
        else if (!isSynchronised()) yield return new Finding(Verdict.Warning, $"it is {shown}, and nothing keeps the clock right", remedy);
        else yield return Finding.Ok($"{shown}, synchronised");
    }
}
