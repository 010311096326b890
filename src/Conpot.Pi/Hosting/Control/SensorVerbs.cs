namespace Conpot.Pi.Hosting.Control;

/// <summary>The list of what a running sensor can be asked. A new verb is one line here.</summary>
internal static class SensorVerbs
{
    public static ControlVerbs Of(Sensor sensor)
    {
        var verbs = new ControlVerbs();
        verbs.Add("status", (_, json) => SensorStatus.Write(json, sensor));
        return verbs;
    }
}
