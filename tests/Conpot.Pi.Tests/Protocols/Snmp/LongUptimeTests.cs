using System.Net;
using Conpot.Pi.Plc;
using Conpot.Pi.Protocols;
using Conpot.Pi.Protocols.Snmp;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.Snmp;

/// <summary>A module that is never switched off: 2^32 hundredths of a second are 497 days, 2^32 octets of a quiet network about as long.</summary>
public class LongUptimeTests
{
    private static readonly TimeSpan Wrap = TimeSpan.FromTicks((1L << 32) * (TimeSpan.TicksPerSecond / 100));

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero));
    private readonly DeviceSeed _seed = new(7);

    [Fact]
    public void The_uptime_wraps_after_497_days_and_goes_on()
    {
        var mib = Mib(new DeviceClock(_time, Wrap - _seed.BootJitter - TimeSpan.FromSeconds(1), new DeviceSeed(7)));
        // The quartz is up to 40 ppm off: half an hour in 497 days.
        for (var minute = 0; minute < 40 && Value(mib, "1.3.6.1.2.1.1.3.0") > 1L << 31; minute++) _time.Advance(TimeSpan.FromMinutes(1));
        var before = Value(mib, "1.3.6.1.2.1.1.3.0");
        Assert.InRange(before, 0, 30 * 60 * 100);
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.InRange(Value(mib, "1.3.6.1.2.1.1.3.0") - before, 59_990, 60_010);
        Assert.Equal(900, Value(mib, "1.3.6.1.2.1.2.2.1.9.1")); // ifLastChange: the link came up once, and did not come up again
    }

    [Fact]
    public void Every_counter_goes_up_at_its_pace_over_its_wrap()
    {
        var clock = new DeviceClock(_time, TimeSpan.Zero, _seed);
        var mib = Mib(clock);
        var step = TimeSpan.FromHours(7);
        var counters = mib.Objects.ToArray().Where(o => o.Type == SnmpType.Counter32).ToArray();
        var last = counters.Select(Read).ToArray();
        var sum = new long[counters.Length];
        var wraps = 0;
        for (var day = 0.0; day < 1500; day += step.TotalDays)
        {
            _time.Advance(step);
            _ = mib.Objects; // the values of one moment
            for (var i = 0; i < counters.Length; i++)
            {
                var now = Read(counters[i]);
                Assert.InRange(now, 0, uint.MaxValue);
                var moved = unchecked((uint)(now - last[i]));
                // 1 KB a second, and an event a second, are more than a quiet network has.
                Assert.InRange(moved, 0u, (uint)(step.TotalSeconds * 1024));
                if (now < last[i]) wraps++;
                sum[i] += moved;
                last[i] = now;
            }
        }
        Assert.True(wraps > 0, "no counter has wrapped: the test is too short");
        for (var i = 0; i < counters.Length; i++) Assert.Equal((uint)sum[i], unchecked((uint)(last[i] - Start(i))));

        long Start(int i) => Read(Mib(new DeviceClock(new FakeTimeProvider(), TimeSpan.Zero, _seed)).Objects.ToArray().First(o => o.Oid.AsSpan().SequenceEqual(counters[i].Oid)));
    }

    [Fact]
    public void Counters_of_visitors_wrap_and_are_kept_over_a_restart()
    {
        using var temp = new TempDirectory();
        var clock = new DeviceClock(_time, Wrap, _seed);
        var state = new SnmpState(temp["snmp"], "s7-200", "boot", clock, _time, elsewhere: write => write());
        state.Counters.Restore(SnmpCounters.InPkts, uint.MaxValue);
        state.Counters.Count(SnmpCounters.InPkts);
        state.Counters.Count(SnmpCounters.InPkts);
        Assert.Equal(1u, state.Counters[SnmpCounters.InPkts]);
        state.Stop();
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(1u, new SnmpState(temp["snmp"], "s7-200", "boot", clock, _time).Counters[SnmpCounters.InPkts]);
    }

    private Mib Mib(DeviceClock clock)
    {
        var identity = new SnmpIdentity("Siemens"u8.ToArray(), ObjectId.Encode([1, 3, 6, 1, 4, 1, 4196]), [], [], [], 72, "eth"u8.ToArray());
        var network = new ModuleNetwork(IPAddress.Parse("192.168.1.9"), IPAddress.Parse("255.255.255.0"), IPAddress.Parse("192.168.1.1"), [0, 0x80, 0x63, 1, 2, 3], [0, 0x0E, 0x8C, 1, 2, 3]);
        return new MibParts(new SnmpSettings(), identity, _seed, clock, _time, new SnmpState(null, "s7-200", "boot", clock, _time), () => network, [502], new NoConnections()).Build();
    }

    private static long Value(Mib mib, string oid)
    {
        Assert.True(ObjectId.TryParse(oid, out var name, out _));
        return Read(mib.Objects.ToArray().First(o => o.Oid.AsSpan().SequenceEqual(name)));
    }

    private static long Read(MibObject item) => item.Read().Number;

    private sealed class NoConnections : IConnections
    {
        public long Version => 0;

        public void CopyTo(List<(IPEndPoint Local, IPEndPoint Remote)> connections)
        {
        }
    }
}
