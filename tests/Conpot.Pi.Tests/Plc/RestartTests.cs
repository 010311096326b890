using System.Diagnostics.CodeAnalysis;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Plc;

/// <summary>A restart of the sensor does not show in the plant, and no two sensors have the same plant.</summary>
public class RestartTests
{
    private static readonly DateTimeOffset Morning = new(2026, 11, 22, 8, 47, 13, TimeSpan.Zero);

    [Theory]
    [InlineData("s7-200", 10)]
    [InlineData("s7-200", 90)]
    [InlineData("s7-200", 26 * 60)]
    [InlineData("s7-300-cp343", 10)]
    [InlineData("s7-300-cp343", 7 * 60)]
    public void A_restart_goes_on_where_the_run_before_it_was(string profile, int minutes)
    {
        for (ulong seed = 1; seed <= 4; seed++)
        {
            var time = new FakeTimeProvider(Morning);
            using var first = On(seed, time, profile);
            var levels = new HashSet<int> { Word(first, "AIW0") };
            for (var second = 0; second < minutes * 60; second++)
            {
                time.Advance(TimeSpan.FromSeconds(1));
                levels.Add(Word(first, "AIW0"));
            }
            Assert.True(levels.Count > 200);
            using var again = On(seed, time, profile);
            first.Scan();
            Assert.Equal(Word(first, "AIW0"), Word(again, "AIW0"), 600.0); // four seconds of the fastest filling
            Assert.Equal(Word(first, "AIW2"), Word(again, "AIW2"), 16.0);
            Assert.Equal(Word(first, "VW10"), Word(again, "VW10"));
            Assert.Equal(first.Image[AddressTests.At("I0.4")], again.Image[AddressTests.At("I0.4")]);
            if (profile == "s7-200")
            {
                // Nothing tripped, nothing to acknowledge; pump, valve and sump pump as they were (AIW0 above says how near to an edge they may be).
                Assert.Equal(0, (first.Image.ReadByte(Area.M, 0) | again.Image.ReadByte(Area.M, 0)) & 0x5B);
                Assert.Equal(first.Image.ReadByte(Area.Q, 0) & 0x1F, again.Image.ReadByte(Area.Q, 0) & 0x1F);
            }
            Assert.Equal(Word(first, "VW20"), Word(again, "VW20"), 2.0);
            Assert.Equal(Word(first, "VW22"), Word(again, "VW22"), 1.0);
            if (profile == "s7-200")
                Assert.Equal(Long(first, "VD24"), Long(again, "VD24"), 8.0);
        }
    }

    [Fact]
    public void The_first_scan_is_the_first_all_the_same()
    {
        var time = new FakeTimeProvider(Morning);
        using var cpu = On(1, time);
        Assert.Equal(1, cpu.Scans);
        Assert.Equal(0xFB, cpu.Image.ReadByte(Area.SM, 0)); // clocks, first scan, from power-up, as ever
        Assert.NotEqual(0, cpu.Image.ReadByte(Area.SM, 28));
        time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal(0, cpu.Image.ReadByte(Area.SM, 0) & 0x0A);
    }

    [Fact]
    public void No_two_plants_are_alike()
    {
        var time = new FakeTimeProvider(Morning);
        var plants = Enumerable.Range(1, 40).Select(seed =>
        {
            using var cpu = On((ulong)seed, time);
            return (Setpoints: (Word(cpu, "VW10"), Word(cpu, "VW12"), Word(cpu, "VW14"), Word(cpu, "VW16")), Level: Word(cpu, "AIW0"), Valve: cpu.Image[AddressTests.At("Q0.1")]);
        }).ToList();
        Assert.True(plants.Select(p => p.Setpoints).Distinct().Count() > 35);
        Assert.True(plants.Select(p => p.Level / 80).Distinct().Count() > 15);
        Assert.Equal(2, plants.Select(p => p.Valve).Distinct().Count());
        Assert.All(plants, p => Assert.Equal(0, p.Setpoints.Item1 % 80));
    }

    [Theory]
    [InlineData("s7-200", 144, 6.35, 392)]
    [InlineData("s7-300-cp343", 120, 6.5, 0)]
    public void What_the_counters_gain_in_a_day_is_what_the_profile_says(string profile, double starts, double hours, double cubicMetres)
    {
        for (ulong seed = 1; seed <= 6; seed++)
        {
            var time = new FakeTimeProvider(Morning);
            using var cpu = On(seed, time, profile);
            var before = (Word(cpu, "VW20"), Word(cpu, "VW22"), Long(cpu, "VD24"));
            for (var second = 0; second < 24 * 3600; second++)
                time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(starts, (ushort)(Word(cpu, "VW20") - before.Item1), 2.0);
            Assert.Equal(hours, (ushort)(Word(cpu, "VW22") - before.Item2), 1.1);
            Assert.Equal(cubicMetres, Long(cpu, "VD24") - before.Item3, 12.0);
        }
    }

    [Theory]
    [InlineData(1970)]
    [InlineData(2026)]
    [InlineData(2100)]
    [InlineData(9999)]
    public void Whatever_the_clock_says_the_past_is_at_most_four_hours(int year)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(year, 1, 1, 1, 59, 59, TimeSpan.Zero));
        using (var cpu = On(1, time)) Assert.InRange(Word(cpu, "AIW0"), 8000, 27000);
        // A program that counts its own scans: two to four hours in steps of 2 s, and the first scan of all.
        var errors = new ConfigErrors();
        using var counted = Cpu.Read(PlcProfileTests.File("[plc]\nprogram = \"count.awl\"\n", errors), PlcProfile.Load("s7-200", errors), new DeviceSeed(1), time, readFile: Counting);
        Assert.Empty(errors.InOrder);
        counted.PowerUp(continues: true);
        Assert.InRange(Long(counted, "VD100"), 3600, 7202);
    }

    private static bool Counting(string text, [NotNullWhen(true)] out byte[]? bytes, out string problem)
    {
        (bytes, problem) = ("LD SM0.0\nINCD VD100\n"u8.ToArray(), "");
        return text == "count.awl";
    }

    [Theory]
    [InlineData("I0.0", "gpio 17")]
    [InlineData("I1.0", "gpio 17")]
    [InlineData("I1.0..I1.7", "mcp23017 0x20 A")]
    [InlineData("AIW0", "ads1115 0x48 ch0")]
    public void A_wired_input_is_in_the_past_what_the_profile_has_there(string target, string text)
    {
        for (ulong seed = 1; seed <= 4; seed++)
        {
            var errors = new ConfigErrors();
            using var cpu = Cpu.Read(PlcProfileTests.File($"[io]\n\"{target}\" = \"{text}\"\n", errors), PlcProfile.Load("s7-200", errors), new DeviceSeed(seed), new FakeTimeProvider(Morning), Conpot.Pi.Hardware.IoLines.Standard());
            Assert.Empty(errors.InOrder);
            cpu.PowerUp(continues: true);
            using var other = On(seed, new FakeTimeProvider(Morning));
            Assert.Equal(0, cpu.Image.ReadByte(Area.M, 0) & 0x5B); // nothing tripped
            Assert.Equal(Word(other, "AIW0"), Word(cpu, "AIW0"), 200.0);
            Assert.True(cpu.Image[AddressTests.At("I1.0")]);
        }
    }

    private static Cpu On(ulong seed, TimeProvider time, string profile = "s7-200")
    {
        var cpu = Off(seed, time, profile);
        cpu.PowerUp(continues: true);
        return cpu;
    }

    private static Cpu Off(ulong seed, TimeProvider time, string profile)
    {
        var errors = new ConfigErrors();
        return Cpu.Read(PlcProfileTests.File("", errors), PlcProfile.Load(profile, errors), new DeviceSeed(seed), time);
    }

    private static int Word(Cpu cpu, string address) => (ushort)cpu.Image.Read(AddressTests.At(address));

    private static long Long(Cpu cpu, string address) => cpu.Image.Read(AddressTests.At(address));
}
