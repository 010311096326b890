using Conpot.Pi.Plc;
using Conpot.Pi.Plc.Signals;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Plc;

public class SignalGrammarTests
{
    [Theory]
    [InlineData("AIW2", "sine 0..32000 period 60s", typeof(Sine))]
    [InlineData("AIW4", "ramp 0..32000 period 10m", typeof(Ramp))]
    [InlineData("I0.3", "square period 20s duty 30%", typeof(Square))]
    [InlineData("I0.3", "square period 500ms", typeof(Square))]
    [InlineData("AIW6", "walk 9000..11000 step 30s noise 16", typeof(Walk))]
    [InlineData("AIW6", "WALK  -9000..11000   STEP 1.5s", typeof(Walk))]
    [InlineData("VW20", "constant 1234", typeof(ConstantValue))]
    [InlineData("VW20", "-1234", typeof(ConstantValue))]
    [InlineData("VW20", "65535", typeof(ConstantValue))]
    [InlineData("QB1", "255", typeof(ConstantValue))]
    [InlineData("VD4", "constant 4000000000", typeof(ConstantValue))]
    [InlineData("I0.4", "on", typeof(ConstantBit))]
    [InlineData("I0.4", "true", typeof(ConstantBit))]
    [InlineData("I0.4", "constant off", typeof(ConstantBit))]
    [InlineData("E0.4", "0", typeof(ConstantBit))]
    [InlineData("AIW0", "tank 0..32000 fill Q0.0 180s drain Q0.1 420s start 60%", typeof(Tank))]
    [InlineData("AIW0", "tank 32000..0 fill Q0.0 180s drain Q0.1 420s noise 8", typeof(Tank))]
    [InlineData("AIW8", "lag Q0.0 0..13500 tau 4s", typeof(Lag))]
    [InlineData("AIW8", "lag T37 0..13500 tau 4s", typeof(Lag))]
    [InlineData("I0.0", "follow Q0.0 on 1.5s off 0.5s", typeof(Follow))]
    [InlineData("I0.0", "follow Q0.0", typeof(Follow))]
    [InlineData("I0.1", "above AIW0 27200 hysteresis 320", typeof(Threshold))]
    [InlineData("I0.2", "below AIW0 VW14", typeof(Threshold))]
    [InlineData("Q0.0", "two-point AIW0 on-below VW10 off-above VW12", typeof(TwoPoint))]
    [InlineData("Q0.0", "two-point AIW0 on-above 25600 off-below 9600", typeof(TwoPoint))]
    [InlineData("Q0.1", "schedule period 40m duty 85%", typeof(Schedule))]
    [InlineData("Q0.2", "any I0.1 I0.2 M0.0", typeof(Contacts))]
    [InlineData("Q0.2", "all I0.1", typeof(Contacts))]
    [InlineData("I0.7", "sometimes every 3h for 90s", typeof(Sometimes))]
    [InlineData("VW0", "scale AIW0 0..32000 to 0..1000", typeof(Scale))]
    [InlineData("VW0", "scale AIW0 0..32000 to 1000..0 noise 2", typeof(Scale))]
    [InlineData("C1", "count I0.0", typeof(Count))]
    [InlineData("VD24", "runtime I0.0 per 1h", typeof(Runtime))]
    [InlineData("AIW2", "free", typeof(Free))]
    public void Reads(string target, string source, Type type) => Assert.IsType(type, Bench.Line(target, source));

    [Theory]
    [InlineData("AIW0", "", "what drives AIW0 is missing; write one of: constant, ramp,")]
    [InlineData("AIW0", "sinus 0..1 period 1s", "'sinus' is not a signal in this version; AIW0 can have: constant, ramp, sine, walk, tank")]
    [InlineData("I0.0", "gpio 17 pull-up", "'gpio' is not a signal in this version; I0.0 can have: on, off, square")]
    [InlineData("AIW0", "ads1115 0x48 ch0", "'ads1115' is not a signal")]
    [InlineData("AIW0", "square period 20s", "'square' gives a bit, and AIW0 is not one; a number can have: constant, ramp")]
    [InlineData("I0.0", "sine 0..32000 period 60s", "'sine' gives a number, and I0.0 is a bit; a bit can have: on, off")]
    [InlineData("AIW0", "sine 0..32001 period 60s", "AIW0 holds -32000..32000; write for example \"sine 0..32000 period 60s\"")]
    [InlineData("QB0", "256", "QB0 holds 0..255")]
    [InlineData("VW0", "constant", "a number is missing at the end")]
    [InlineData("AIW0", "sine 0..32000", "the word 'period' is missing at the end")]
    [InlineData("AIW0", "sine 0..32000 60s", "'60s' stands where 'period' should")]
    [InlineData("AIW0", "sine 0..32000 period 60", "'60' is not a time; write one such as 500ms")]
    [InlineData("AIW0", "sine 0..32000 period 0s", "'0s' is out of range; times are 10ms to 366d")]
    [InlineData("AIW0", "sine 0..32000 period 1000d", "is out of range")]
    [InlineData("AIW0", "sine 0..32000 period NaNs", "is not a time")]
    [InlineData("AIW0", "sine 0-32000 period 60s", "'0-32000' is not a range such as 0..32000")]
    [InlineData("AIW0", "sine 5..5 period 60s", "'5..5' has no extent")]
    [InlineData("AIW0", "sine NaN..5 period 60s", "'NaN' is not a range")]
    [InlineData("AIW0", "sine 0..32000 period 60s fast", "'fast' is not expected here")]
    [InlineData("AIW0", "sine 0..32000 period 60s noise", "a number is missing at the end")]
    [InlineData("AIW0", "sine 0..32000 period 60s noise -1", "noise is 0 to 32000 counts")]
    [InlineData("I0.0", "square period 20s duty 130%", "'130%' is not a percentage; write 0% to 100%")]
    [InlineData("I0.0", "follow AIW0 on 1s", "AIW0 is not a bit; write one such as Q0.0 or M2.1")]
    [InlineData("I0.0", "follow Q0.9", "'Q0.9' has no bit 9; bits are 0..7; write for example")]
    [InlineData("I0.0", "above I0.1 5", "I0.1 is a bit; write a word such as AIW0 or VW10")]
    [InlineData("I0.0", "above AIW0 27200 hysteresis -1", "the hysteresis is negative")]
    [InlineData("I0.0", "constant 7", "'7' is neither on nor off")]
    [InlineData("I0.0", "constant", "on or off is missing at the end")]
    [InlineData("Q0.2", "any", "an address such as Q0.0 is missing at the end")]
    [InlineData("Q0.0", "two-point AIW0 on-below VW10", "the word 'off-above' is missing at the end")]
    [InlineData("Q0.0", "two-point AIW0 below VW10", "'below' stands where 'on-below' should")]
    [InlineData("I0.7", "sometimes every 90s for 3h", "is not shorter than")]
    [InlineData("AIW2", "free 1", "'free' stands alone")]
    [InlineData("SM0.5", "off", "SM0.5 belongs to the CPU itself")]
    [InlineData("Q0.0", "gpio", "'gpio' is not a signal")]
    [InlineData("AIW1", "free", "'AIW1' is odd")]
    [InlineData("pump", "on", "'pump' is not a PLC address")]
    public void Says_what_is_wrong(string target, string source, string part)
    {
        Assert.False(new IoConfig(new DeviceSeed(1), MemoryMap.LargestV).TryParseLine(target, source, out _, out var problem));
        Assert.Contains(part, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void No_text_makes_it_throw()
    {
        var io = new IoConfig(new DeviceSeed(1), MemoryMap.LargestV);
        var word = Gen.OneOf("sine", "tank", "walk", "lag", "square", "follow", "above", "two-point", "0..5", "..", "Q0.0", "VW2", "5s", "30%", "period", "noise", "start", "-", "1e9", "\0", "free", "constant", "");
        Gen.Select(Gen.OneOf("AIW0", "Q0.0", "VB3", "VD8"), word.Array[0, 8]).Sample((target, words) =>
        {
            var read = io.TryParseLine(target, string.Join(' ', words), out var signal, out var problem);
            return read == (signal is not null) && read == (problem.Length == 0);
        });
    }

    [Theory]
    [InlineData("VW10", "9600", 1, 9600, 9600)]
    [InlineData("VW10", "-5", 1, 0xFFFFFFFB, 0xFFFFFFFB)]
    [InlineData("VW10", "8200..21400", 1, 8200, 21400)]
    [InlineData("Q0.0..Q15.7", "0..1", 128, 0, 1)]
    [InlineData("Q0.0", "on", 1, 1, 1)]
    [InlineData("AIW0..AIW14", "0..1", 8, 0, 1)]
    [InlineData("VD24", "4000000000", 1, 4_000_000_000, 4_000_000_000)]
    [InlineData("VW10", "9200..10000 step 80", 1, 9200, 10000)]
    [InlineData("VW20", "8200..21400 + 144.2 per day", 1, 8200, 21400)]
    [InlineData("VW20", "5 + 1 per day", 1, 5, 5)]
    public void Initial_values_are_numbers_or_ranges(string key, string text, int count, uint lowest, uint highest)
    {
        Assert.True(new IoConfig(new DeviceSeed(1), MemoryMap.LargestV).TryParseInitial(key, text, out var values, out var problem), problem);
        Assert.Equal(count, values.Length);
        Assert.All(values, value => Assert.InRange(value.Value, lowest, highest));
        if (count > 4)
            Assert.Equal(2, values.Select(value => value.Value).Distinct().Count());
    }

    [Theory]
    [InlineData("VW0", "100 + 10 per day", 0, 100)] // 1970: the clock is not set
    [InlineData("VW0", "100 + 10 per day", 1_767_225_600, 100)]
    [InlineData("VW0", "100 + 10 per day", 1_767_225_600 + 86400 * 3.19, 131)]
    [InlineData("VW0", "65530 + 10 per day", 1_767_225_600 + 86400, 4)]
    [InlineData("VB0", "250 + 10 per day", 1_767_225_600 + 86400, 4)]
    [InlineData("VD0", "4294967290 + 10 per day", 1_767_225_600 + 86400, 4)]
    public void A_counter_has_gone_on_and_overflows_like_one(string key, string text, double time, uint value)
    {
        Assert.True(new IoConfig(new DeviceSeed(1), MemoryMap.LargestV).TryParseInitial(key, text, out var values, out var problem), problem);
        Assert.Equal(value, Assert.Single(values).At(time));
    }

    [Fact]
    public void A_range_of_times_is_the_devices_own_and_one_for_a_line()
    {
        double[] Levels(ulong seed)
        {
            Assert.True(new IoConfig(new DeviceSeed(seed), MemoryMap.LargestV).TryParseLine("VW0", "tank 0..30000 fill Q0.0 100s..200s drain Q0.1 100s..200s", out var tank, out var problem), problem);
            var image = new ProcessImage();
            double Pass()
            {
                tank.Scan(image, new ScanMoment(0, 10));
                return image.ReadWord(Area.V, 0);
            }
            image.Write(AddressTests.At("Q0.0"), 1);
            var filled = Pass();
            image.Write(AddressTests.At("Q0.1"), 1);
            return [filled, Pass()];
        }
        var levels = Enumerable.Range(1, 20).Select(seed => Levels((ulong)seed)).ToList();
        Assert.All(levels, l => Assert.InRange(l[0], 16499, 18001));
        Assert.All(levels, l => Assert.Equal(l[0], l[1], 1.0)); // as much out as in
        Assert.True(levels.Select(l => l[0]).Distinct().Count() > 15);
    }

    [Theory]
    [InlineData("VW10", "much", "'much' is not a number")]
    [InlineData("VW10", "70000", "VW10 holds -32768..65535; write for example \"9600\"")]
    [InlineData("Q0.0", "2", "Q0.0 holds 0..1")]
    [InlineData("VW10", "1..9 step 0", "the step is a whole number from 1 on")]
    [InlineData("VW10", "1..9 step 1.5", "the step is a whole number from 1 on")]
    [InlineData("VW10", "1 + 5", "the word 'per' is missing at the end")]
    [InlineData("VW10", "1 + -5 per day", "a counter gains 0 to 1000000 per day")]
    [InlineData("Q0.0", "0 + 1 per day", "a bit does not count")]
    [InlineData("Q0", "1", "'Q0' does not say how much it means")]
    public void Initial_values_say_what_is_wrong(string key, string text, string part)
    {
        Assert.False(new IoConfig(new DeviceSeed(1), MemoryMap.LargestV).TryParseInitial(key, text, out _, out var problem));
        Assert.Contains(part, problem, StringComparison.Ordinal);
    }
}
