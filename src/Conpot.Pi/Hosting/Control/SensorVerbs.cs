namespace Conpot.Pi.Hosting.Control;

/// <summary>The list of what a running sensor can be asked. A new verb is one line here.</summary>
internal static class SensorVerbs
{
    public static ControlVerbs Of(Sensor sensor, TimeProvider time)
    {
        var verbs = new ControlVerbs();
        verbs.Add("status", (_, json) => SensorStatus.Write(json, sensor));
        verbs.Add("ack", (_, json) => json.WriteBoolean("acknowledged", sensor.Acknowledge("command")));
        var test = new OutputTest(time);
        verbs.AddStream("io-test", (request, reply, cancel) => test.Run(request, reply, sensor.Plan.Cpu, cancel));
        verbs.AddStream("io-watch", (_, reply, cancel) => ImageWatch.Run(sensor, reply, time, cancel));
        return verbs;
    }
}
