using System.Globalization;
using Conpot.Pi.Config;

namespace Conpot.Pi.Hardware;

/// <summary>A line such as "pwm 18 1kHz", understood.</summary>
/// <param name="Chip">The number of /sys/class/pwm/pwmchipN; null for the one of the header.</param>
/// <param name="Channel">Null for the pin's usual one.</param>
/// <param name="Safe">0..32000, or hold; null: in STOP as the image has it, 0 at the end.</param>
internal sealed record PwmLine(int Bcm, long PeriodNanoseconds, bool ActiveLow, SafeOutput? Safe, int? Chip, int? Channel)
{
    /// <summary>The value of full scale: an EM 232 puts out 20 mA or 10 V for 32000 (System Manual, "EM 232 Output Data Word Format").</summary>
    public const int FullScale = 32000;

    /// <summary>How long of a period the pin is high for a value; what is beyond either end is that end.</summary>
    public long HighNanoseconds(int value)
    {
        var duty = PeriodNanoseconds * Math.Clamp(value, 0, FullScale) / FullScale;
        return ActiveLow ? PeriodNanoseconds - duty : duty;
    }
}

/// <summary>The grammar of "pwm" lines.</summary>
internal static class PwmText
{
    private const string Example = "write for example \"pwm 18 1kHz\"";

    /// <summary>The pins that a PWM block comes out at (BCM2835 ARM Peripherals, table 6-31; RP1 Peripherals, section 3.1.1).</summary>
    public static readonly int[] Pins = [12, 13, 18, 19];

    public static bool TryParse(string text, out PwmLine? line, out string problem)
    {
        line = null;
        problem = "";
        var words = text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 3 || words[0] != "pwm" || !GpioText.TryNumber(words[1], out var bcm) || !TryFrequency(words[2], out var frequency))
            problem = $"a pwm line names a pin and a frequency from 1Hz to 100kHz; {Example}";
        else if (!Pins.Contains(bcm))
            problem = $"GPIO{bcm} has no PWM; write 12, 13, 18 or 19 (pins 32, 33, 12 and 35 of the header)";
        else
            Options(words, bcm, (long)(1e9 / frequency), out line, out problem);
        return problem.Length == 0;
    }

    private static void Options(string[] words, int bcm, long period, out PwmLine line, out string problem)
    {
        line = new PwmLine(bcm, period, ActiveLow: false, null, null, null);
        problem = "";
        for (var i = 3; i < words.Length && problem.Length == 0; i++)
        {
            var value = i + 1 < words.Length ? words[i + 1] : "";
            var hasNumber = GpioText.TryNumber(value, out var number);
            switch (words[i])
            {
                case "active-low":
                    line = line with { ActiveLow = true };
                    continue;
                case "safe" when value == "hold":
                    line = line with { Safe = SafeOutput.Hold };
                    break;
                case "safe" when hasNumber && number <= PwmLine.FullScale:
                    line = line with { Safe = new SafeOutput(number) };
                    break;
                case "chip" when hasNumber:
                    line = line with { Chip = number };
                    break;
                case "channel" when hasNumber:
                    line = line with { Channel = number };
                    break;
                case "safe" or "chip" or "channel":
                    problem = $"'{words[i]}' needs a number{(words[i] == "safe" ? " from 0 to 32000, or hold" : "")}; {Example[..^1]} {words[i]} 0\"";
                    break;
                default:
                    problem = $"'{words[i]}' is not a word of a pwm line; {Example}, and behind it active-low, safe, chip or channel{(NearestName.Find(words[i], ["active-low", "safe", "chip", "channel"]) is { } near ? $"; did you mean '{near}'?" : "")}";
                    break;
            }
            i++;
        }
        if (problem.Length == 0 && line.Chip is null != line.Channel is null) problem = "chip and channel go together; write both, as in \"chip 0 channel 2\"";
    }

    private static bool TryFrequency(string word, out double hertz)
    {
        var (digits, factor) = word.EndsWith("kHz", StringComparison.OrdinalIgnoreCase) ? (word[..^3], 1000.0) : word.EndsWith("Hz", StringComparison.OrdinalIgnoreCase) ? (word[..^2], 1.0) : ("", 0.0);
        if (double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out hertz)) hertz *= factor;
        return hertz is >= 1 and <= 100_000;
    }
}
