using System.Globalization;
using Conpot.Pi.Hosting.Control;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether the Pi itself is well: temperature and supply.</summary>
internal sealed class MachineCheck() : Inspection("machine")
{
    /// <summary>Where a Pi begins to slow itself down (raspberrypi.com, "Frequency management and thermal control").</summary>
    private const double TooWarm = 80;

    protected override IEnumerable<Finding> Look(Patient patient)
    {
        var health = new MachineHealth(patient.Machine.Root);
        var degrees = health.Temperature is { } t ? string.Create(CultureInfo.InvariantCulture, $"{t:0.0} degrees Celsius") : null;
        if (health.Temperature >= TooWarm) yield return Finding.Warning($"{degrees}, too warm; give it air, or a heat sink");
        if (health.UnderVoltage is { Now: true }) yield return Finding.Warning("the supply is too weak now, which costs cards their data; take the power supply of the Raspberry Pi, and a shorter cable");
        else if (health.UnderVoltage is { Since: true }) yield return Finding.Warning("the supply was too weak at times since the start; take the power supply of the Raspberry Pi, and a shorter cable");
        if (degrees is null && health.UnderVoltage is null) yield return Finding.Skipped("this machine tells neither its temperature nor its supply");
        else if (!(health.Temperature >= TooWarm) && health.UnderVoltage is null or { Since: false })
            yield return Finding.Ok(string.Join(", ", new[] { degrees, health.UnderVoltage is null ? null : "supply well" }.OfType<string>()));
    }
}
