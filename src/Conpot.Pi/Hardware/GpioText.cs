using System.Device.Gpio;
using System.Globalization;
using Conpot.Pi.Config;

namespace Conpot.Pi.Hardware;

/// <summary>What an output does while nobody drives it: in STOP, and when the sensor ends.</summary>
internal enum SafeState { Off, On, Hold }

/// <summary>What a "gpio" line is written for; each has words of its own.</summary>
internal enum LineUse { Input, Output, Lamp, AlertLamp }

/// <summary>A line such as "gpio 17 pull-up active-low debounce 5ms", understood.</summary>
/// <param name="Safe">Null: in STOP as the image has it, off at the end.</param>
/// <param name="Blink">Half a period; zero for a steady light.</param>
internal sealed record GpioLine(int Bcm, LineOptions Options, SafeState? Safe = null, TimeSpan Blink = default);

/// <summary>The grammar of "gpio" lines, in [io] and in [panel].</summary>
internal static class GpioText
{
    /// <summary>Beyond that it is no bouncing contact any more.</summary>
    private static readonly TimeSpan LongestDebounce = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ShortestBlink = TimeSpan.FromMilliseconds(50), LongestBlink = TimeSpan.FromSeconds(10);

    public static bool TryParse(string text, LineUse use, out GpioLine? line, out string problem)
    {
        line = null;
        var words = text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2 || words[0] != "gpio" || !TryNumber(words[1], out var bcm))
        {
            problem = $"write the number of the pin as the processor counts, for example \"{Example(use)}\"; 'conpot-pi io wiring' draws the header";
            return false;
        }
        if (HeaderPins.Refusal(bcm) is { } refusal)
        {
            problem = refusal;
            return false;
        }
        var mode = use == LineUse.Input ? PinMode.Input : PinMode.Output;
        var (activeLow, debounce, blink) = (false, TimeSpan.Zero, TimeSpan.Zero);
        SafeState? safe = null;
        problem = "";
        for (var i = 2; i < words.Length && problem.Length == 0; i++)
        {
            var value = i + 1 < words.Length ? words[i + 1] : "";
            switch (words[i])
            {
                case "active-low":
                    activeLow = true;
                    break;
                case "pull-up" or "pull-down" when use == LineUse.Input:
                    if (mode != PinMode.Input) problem = "a pin is pulled one way only; keep one of pull-up and pull-down";
                    mode = words[i] == "pull-up" ? PinMode.InputPullUp : PinMode.InputPullDown;
                    break;
                case "debounce" when use == LineUse.Input:
                    TakeTime(value, TimeSpan.Zero, LongestDebounce, "debounce 5ms", ref debounce, ref problem);
                    i++;
                    break;
                case "safe" when use == LineUse.Output:
                    safe = value switch { "off" => SafeState.Off, "on" => SafeState.On, "hold" => SafeState.Hold, _ => null };
                    if (safe is null) problem = $"'safe {value}' says nothing; write safe off, safe on or safe hold";
                    i++;
                    break;
                case "blink" when use == LineUse.AlertLamp:
                    TakeTime(value, ShortestBlink, LongestBlink, "blink 500ms", ref blink, ref problem);
                    i++;
                    break;
                default:
                    problem = Unknown(words[i], use);
                    break;
            }
        }
        if (problem.Length > 0) return false;
        line = new GpioLine(bcm, new LineOptions(mode, activeLow, debounce, Edges: use == LineUse.Input), safe, blink);
        return true;
    }

    public static bool TryNumber(string word, out int number) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static void TakeTime(string value, TimeSpan least, TimeSpan most, string example, ref TimeSpan time, ref string problem)
    {
        if (!Quantity.TryDuration(value, out time, out _) || time < least || time > most)
            problem = $"'{value}' is no time from {Quantity.Show(least)} to {Quantity.Show(most)}; write for example \"{example}\"";
    }

    private static string Unknown(string word, LineUse use)
    {
        string[] known = use switch
        {
            LineUse.Input => ["pull-up", "pull-down", "active-low", "debounce"],
            LineUse.Output => ["active-low", "safe"],
            LineUse.Lamp => ["active-low"],
            _ => ["active-low", "blink"],
        };
        var hint = NearestName.Find(word, known) is { } near ? $"; did you mean '{near}'?" : "";
        var what = use == LineUse.Input ? "input" : use == LineUse.Output ? "output" : "lamp";
        return $"'{word}' is not a word of a gpio {what}; write for example \"{Example(use)}\"{hint}";
    }

    private static string Example(LineUse use) => use switch
    {
        LineUse.Input => "gpio 17 pull-up active-low debounce 5ms",
        LineUse.Output => "gpio 27 active-low safe off",
        LineUse.Lamp => "gpio 5",
        _ => "gpio 26 blink 500ms",
    };
}
