using System.Text.Json;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Hosting.Control;

/// <summary>Switches one output of the running sensor on and off, so that a person can see whether its wire is the right one.</summary>
internal sealed class OutputTest(TimeProvider time)
{
    /// <summary>Half a second on, half a second off: slow enough for a relay and a look.</summary>
    public static readonly TimeSpan Half = TimeSpan.FromMilliseconds(500);

    public const int Times = 5, MostTimes = 20;

    private int _underWay;

    public async Task Run(JsonElement request, ControlReply reply, Cpu cpu, CancellationToken cancel)
    {
        if (!TryOutput(ControlRequest.Text(request, "address"u8), out var output, out var problem)) throw new ControlException(problem);
        var times = ControlRequest.Number(request, "times"u8, Times, 1, MostTimes);
        if (Interlocked.Exchange(ref _underWay, 1) == 1) throw new ControlException("another output is being tested; wait until that is over");
        var before = cpu.Image[output];
        try
        {
            for (var i = 0; i < 2 * times; i++)
            {
                var on = i % 2 == 0;
                cpu.Force(output, on);
                await reply.Line(json => json.WriteBoolean("on", on)).ConfigureAwait(false);
                await Task.Delay(Half, time, cancel).ConfigureAwait(false);
            }
        }
        finally
        {
            // An output that the network alone writes stays as it was; the program's own is put right by the next scan.
            cpu.Image[output] = before;
            cpu.Force(output, null);
            Volatile.Write(ref _underWay, 0);
        }
    }

    public static bool TryOutput(string text, out Address output, out string problem)
    {
        if (!Address.TryParse(text, out output, out problem)) return false;
        if (output is { Area: Area.Q, IsBit: true }) return true;
        problem = $"{output} is no digital output; name one such as Q0.0";
        return false;
    }
}
