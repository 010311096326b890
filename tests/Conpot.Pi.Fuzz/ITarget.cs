namespace Conpot.Pi.Fuzz;

/// <summary>What came of an input: equal for equal bytes, however they were cut.</summary>
/// <param name="Replies">All bytes that came back.</param>
/// <param name="Events">A digest of the events recorded.</param>
internal readonly record struct Answer(byte[] Replies, ulong Events);

/// <summary>A part of the product that takes what strangers send, and what must hold whatever that is.</summary>
internal interface ITarget : IDisposable
{
    string Name { get; }

    /// <summary>Profiles and settings; an input names one by its number.</summary>
    int Variants { get; }

    /// <summary>The same bytes in other pieces must be answered alike.</summary>
    bool IsStream { get; }

    IEnumerable<Input> Seeds { get; }

    /// <summary>What means something to it.</summary>
    IReadOnlyList<byte[]> Words { get; }

    /// <summary>Gives the input to the product as after switching on.</summary>
    /// <param name="cuts">Where the bytes are cut; null for nowhere but between messages.</param>
    /// <exception cref="Violation">Something does not hold.</exception>
    Answer Run(Input input, Random? cuts);

    /// <summary>Makes lengths and counts fit again, so that a changed message is not thrown away at the first look.</summary>
    byte[] Repair(byte[] message, Random random);

    /// <summary>The input as a person or a test wants to see it.</summary>
    string Show(Input input);
}

/// <summary>What must hold does not.</summary>
/// <param name="kind">Which of the rules, without anything that differs from input to input.</param>
internal sealed class Violation(string kind, string detail = "") : Exception(detail.Length > 0 ? $"{kind}: {detail}" : kind)
{
    public string Kind { get; } = kind;

    public static void Unless(bool holds, string kind, string detail = "")
    {
        if (!holds) throw new Violation(kind, detail);
    }
}
