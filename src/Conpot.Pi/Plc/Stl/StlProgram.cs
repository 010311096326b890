using Conpot.Pi.Config;

namespace Conpot.Pi.Plc.Stl;

/// <summary>A program as it was read: instructions with resolved operands, and how much memory of its own it wants.</summary>
internal sealed class StlProgram
{
    /// <summary>A CPU 224XP holds 16 KiB of program, some 4000 instructions, and a comment for each.</summary>
    public const int MostBytes = 64 * 1024;

    public const int MostInstructions = 8000;

    public required string Name { get; init; }

    /// <summary>The main program, an end, then each subroutine with its return.</summary>
    public required Instruction[] Code { get; init; }

    public required byte[] Constants { get; init; }

    /// <summary>Bytes of accumulators and local memory.</summary>
    public required int OwnBytes { get; init; }

    /// <summary>How many edge instructions remember a bit.</summary>
    public required int Edges { get; init; }

    /// <summary>The timers of 1 and 10 ms.</summary>
    public required int[] FastTimers { get; init; }

    public required string Text { get; init; }

    /// <summary>Null when anything is wrong with the text; all of it is in <paramref name="errors"/> then. Never throws.</summary>
    public static StlProgram? Parse(string name, ReadOnlySpan<byte> bytes, int vMemory, ConfigErrors errors)
    {
        if (bytes.Length > MostBytes)
        {
            errors.Add(name, 0, 0, $"the program has {bytes.Length} bytes; allowed: up to {MostBytes}; is this the right file?");
            return null;
        }
        // Micro/WIN writes Windows-1252, and its comments have umlauts.
        var utf8 = System.Text.Unicode.Utf8.IsValid(bytes) || bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]
            ? bytes
            : System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.Latin1.GetString(bytes));
        return ConfigText.TryDecode(name, utf8, errors, out var text) ? new StlParser(name, text, vMemory, errors).Parse() : null;
    }
}
