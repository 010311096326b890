namespace Conpot.Pi.Plc;

/// <summary>The spelling of addresses: IEC letters out; IEC or German (E, A, AE, AA, Z) letters in, in any case.</summary>
internal static class AddressText
{
    private const string Examples = "write one such as I0.3, QB1, VW100, AIW4 or T37";

    public static string Print(Address address)
    {
        var (area, width, offset, bit) = address;
        if (area is Area.T or Area.C)
            return $"{area}{offset / 2}";
        return width switch
        {
            Width.Bit => $"{area}{offset}.{bit}",
            Width.Byte => $"{area}B{offset}",
            Width.Word => $"{area}W{offset}",
            _ => $"{area}D{offset}",
        };
    }

    public static bool TryParse(ReadOnlySpan<char> text, out Address value, out string problem)
    {
        value = default;
        var rest = text.Trim().TrimStart('%');
        if (rest.IsEmpty)
        {
            problem = $"an address is missing; {Examples}";
            return false;
        }
        var quoted = Quote(rest);
        var digits = rest.IndexOfAnyInRange('0', '9');
        if (digits <= 0
            || !TryLetters(rest[..digits], out var area, out var width)
            || !TryNumber(rest[digits..], out var number, out var used))
        {
            problem = $"{quoted} is not a PLC address; {Examples}";
            return false;
        }
        rest = rest[(digits + used)..];
        var bit = 0;
        if (width == Width.Bit && !MemoryMap.WordsOnly(area))
        {
            if (rest.IsEmpty)
            {
                problem = $"{quoted} does not say how much it means; write {area}{number}.0 for a bit, {area}B{number} for a byte or {area}W{number} for a word";
                return false;
            }
            if (rest[0] != '.' || !TryNumber(rest[1..], out bit, out used) || used != rest.Length - 1)
            {
                problem = $"{quoted} is not a PLC address; a bit is written {area}{number}.0 to {area}{number}.7";
                return false;
            }
            if (bit > 7)
            {
                problem = $"{quoted} has no bit {bit}; bits are 0..7";
                return false;
            }
        }
        else if (!rest.IsEmpty)
        {
            problem = rest[0] != '.' ? $"{quoted} is not a PLC address; {Examples}"
                : area is Area.T or Area.C ? $"{quoted} is not a PLC address; write {area}{number}, which means its status bit where a bit is wanted"
                : area is Area.AI or Area.AQ ? OnlyWords(quoted, area, number)
                : $"{quoted} names a {Name(width)} and a bit at once; leave out '{rest}', or write {area}{number}{rest} for the bit";
            return false;
        }
        return TryPlace(area, width, number, bit, quoted, out value, out problem);
    }

    private static bool TryPlace(Area area, Width width, int number, int bit, string quoted, out Address value, out string problem)
    {
        value = default;
        if (area is Area.T or Area.C)
        {
            value = new Address(area, Width.Word, 2 * Math.Min(number, MemoryMap.TimersAndCounters));
            problem = number < MemoryMap.TimersAndCounters
                ? ""
                : $"{quoted} is beyond the {(area == Area.T ? "timers" : "counters")} of this CPU ({area}0..{area}{MemoryMap.TimersAndCounters - 1})";
            return problem.Length == 0;
        }
        var size = MemoryMap.Size(area);
        // Widen: a number may be as large as the digits allow.
        if ((long)number + MemoryMap.Bytes(width) > size)
        {
            problem = $"{quoted} is beyond {Beyond(area, size)}";
            return false;
        }
        if (area is Area.AI or Area.AQ)
        {
            if (width != Width.Word)
            {
                problem = OnlyWords(quoted, area, number);
                return false;
            }
            if ((number & 1) != 0)
            {
                // Analog values are words that start on even bytes: System Manual, "Analog Inputs: AI".
                problem = $"{quoted} is odd; analog values stand at even addresses, write {area}W{number - 1} or {area}W{Math.Min(number + 1, size - 2)}";
                return false;
            }
        }
        value = new Address(area, width, number, bit);
        problem = "";
        return true;
    }

    private static string OnlyWords(string quoted, Area area, int number) =>
        $"{quoted} is not a PLC address; analog values are words at even addresses, such as {area}W{number & ~1}";

    private static string Beyond(Area area, int size) => area switch
    {
        Area.V => $"the V memory of this CPU (VB0..VB{size - 1})",
        Area.I => $"the inputs of this CPU (I0.0..I{size - 1}.7)",
        Area.Q => $"the outputs of this CPU (Q0.0..Q{size - 1}.7)",
        Area.AI => $"the analog inputs of this CPU (AIW0..AIW{size - 2})",
        Area.AQ => $"the analog outputs of this CPU (AQW0..AQW{size - 2})",
        _ => $"the {area} memory of this CPU ({area}B0..{area}B{size - 1})",
    };

    /// <summary>The letters before the number. A bit and a width letter left out look alike here.</summary>
    private static bool TryLetters(ReadOnlySpan<char> letters, out Area area, out Width width)
    {
        (area, width) = (default, Width.Bit);
        if (letters.Length > 3)
            return false;
        Span<char> upper = stackalloc char[3];
        upper = upper[..letters.ToUpperInvariant(upper)];
        if (upper.Length > 1 && "BWD".Contains(upper[^1]))
        {
            width = upper[^1] switch { 'B' => Width.Byte, 'W' => Width.Word, _ => Width.Double };
            upper = upper[..^1];
        }
        // AI and AQ are two letters, so a lone A can only be the German output (Ausgang).
        Area? found = upper switch
        {
            "I" or "E" => Area.I,
            "Q" or "A" => Area.Q,
            "AI" or "AE" => Area.AI,
            "AQ" or "AA" => Area.AQ,
            "M" => Area.M,
            "SM" => Area.SM,
            "V" => Area.V,
            "T" when width == Width.Bit => Area.T,
            "C" or "Z" when width == Width.Bit => Area.C,
            _ => null,
        };
        area = found.GetValueOrDefault();
        return found.HasValue;
    }

    /// <summary>ASCII digits only; a number too long to hold is as good as the largest one.</summary>
    private static bool TryNumber(ReadOnlySpan<char> text, out int number, out int used)
    {
        used = text.IndexOfAnyExceptInRange('0', '9');
        if (used < 0)
            used = text.Length;
        number = 0;
        foreach (var digit in text[..used])
            number = (int)Math.Min(int.MaxValue, number * 10L + (digit - '0'));
        return used > 0;
    }

    private static string Name(Width width) => width switch
    {
        Width.Byte => "byte",
        Width.Double => "double word",
        _ => "word",
    };

    /// <summary>What the person wrote, short enough for one line of an error.</summary>
    private static string Quote(ReadOnlySpan<char> text) => text.Length <= 40 ? $"'{text}'" : $"'{text[..40]}...'";
}
