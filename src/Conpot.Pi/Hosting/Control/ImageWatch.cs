using System.Text.Json;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Hosting.Control;

/// <summary>The stream behind <c>conpot-pi io watch</c>: what each address is, then the image of inputs and outputs whenever it has changed.</summary>
internal static class ImageWatch
{
    /// <summary>Ten times a second: faster than an eye follows numbers.</summary>
    internal static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private static readonly (Area Area, string Name)[] Shown = [(Area.I, "i"), (Area.Q, "q"), (Area.AI, "ai"), (Area.AQ, "aq")];

    public static async Task Run(Sensor sensor, ControlReply reply, TimeProvider time, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (true)
        {
            // A reload may put another CPU in its place; then all is said anew.
            var plan = sensor.Plan;
            using var cadence = plan.Cpu.Demand(Period);
            await reply.Line(json => WriteNames(json, plan)).ConfigureAwait(false);
            byte[] last = [];
            while (ReferenceEquals(sensor.Plan, plan))
            {
                var now = Snapshot(plan.Cpu);
                if (!now.AsSpan().SequenceEqual(last)) await reply.Line(json => WriteState(json, now)).ConfigureAwait(false);
                last = now;
                await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Addresses and what stands behind them: pins as they are wired, else the line of the settings.</summary>
    private static void WriteNames(Utf8JsonWriter json, SensorPlan plan)
    {
        json.WriteString("name", plan.Name);
        json.WriteString("profile", plan.Profile.Name);
        json.WriteStartArray("points");
        var wired = new HashSet<Address>();
        foreach (var point in plan.Io.Points)
            if (wired.Add(point.Address)) WritePoint(json, point.Address, point.Where, pin: true);
        foreach (var (key, text) in plan.IoTexts)
        {
            if (!AddressRange.TryParse(key, out var range, out _) || !Shown.Any(s => s.Area == range.Area)) continue;
            for (var i = 0; i < range.Count; i++)
                if (wired.Add(range[i])) WritePoint(json, range[i], text, pin: false);
        }
        json.WriteEndArray();
    }

    private static void WritePoint(Utf8JsonWriter json, Address address, string text, bool pin)
    {
        json.WriteStartObject();
        json.WriteString("address", address.ToString());
        json.WriteString("text", text);
        json.WriteBoolean("pin", pin);
        json.WriteEndObject();
    }

    /// <summary>Mode and SF, then the four areas, all of one moment.</summary>
    private static byte[] Snapshot(Cpu cpu)
    {
        var image = cpu.Image;
        var bytes = new byte[1 + Shown.Sum(s => image.Size(s.Area))];
        using (image.Hold())
        {
            bytes[0] = (byte)((cpu.Mode == OperatingMode.Run ? 1 : 0) | (cpu.SystemFault ? 2 : 0));
            var at = 1;
            foreach (var (area, _) in Shown)
            {
                image.Read(area, 0, bytes.AsSpan(at, image.Size(area)));
                at += image.Size(area);
            }
        }
        return bytes;
    }

    private static void WriteState(Utf8JsonWriter json, byte[] snapshot)
    {
        json.WriteString("mode", (snapshot[0] & 1) != 0 ? "RUN" : "STOP");
        json.WriteBoolean("system_fault", (snapshot[0] & 2) != 0);
        var at = 1;
        foreach (var (area, name) in Shown)
        {
            var size = MemoryMap.Size(area);
            json.WriteString(name, Convert.ToHexStringLower(snapshot, at, size));
            at += size;
        }
    }
}
