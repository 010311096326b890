using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Conpot.Pi.Config;

/// <summary>The bytes of a configuration file as text, whatever the editor that wrote them did to the encoding.</summary>
internal static class ConfigText
{
    /// <summary>A hundred times the largest real file; what is larger is no configuration.</summary>
    public const int MostBytes = 1 << 20;

    public static bool TryDecode(string name, ReadOnlySpan<byte> bytes, ConfigErrors errors, out string text)
    {
        text = "";
        if (bytes.Length > MostBytes)
        {
            errors.Add(name, 0, 0, string.Create(CultureInfo.InvariantCulture, $"the file has {bytes.Length} bytes; allowed: up to {MostBytes}; is this the right file?"));
            return false;
        }

        // Notepad's "Unicode" is UTF-16 with a byte-order mark: it says what it is, so it is read as what it is.
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            return TryUtf16(name, bytes[2..], Encoding.Unicode, errors, out text);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return TryUtf16(name, bytes[2..], Encoding.BigEndianUnicode, errors, out text);

        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            bytes = bytes[3..];
        return NulFree(name, bytes, errors) && TryUtf8(name, bytes, errors, out text);
    }

    private static bool NulFree(string name, ReadOnlySpan<byte> bytes, ConfigErrors errors)
    {
        var first = bytes.IndexOf((byte)0);
        if (first < 0)
            return true;

        // What a power cut leaves of a file on a card: its length, and nothing in it.
        if (bytes.IndexOfAnyExcept((byte)0) < 0)
        {
            errors.Add(name, 0, 0, "the file holds nothing but NUL bytes, as after a power cut; write it again from your copy");
            return false;
        }

        // Western text in UTF-16 is NUL in every other byte.
        if (bytes.Length >= 4 && bytes.Length % 2 == 0 && bytes.Count((byte)0) >= bytes.Length / 2 - bytes.Length / 8)
        {
            errors.Add(name, 1, 1, "the file looks like UTF-16 without a byte-order mark; save it as UTF-8");
            return false;
        }

        var before = Encoding.UTF8.GetString(bytes[..first]);
        errors.Add(Place.In(name, before, before.Length), "NUL byte; the file is damaged or no text; write it again from your copy, saved as UTF-8");
        return false;
    }

    private static bool TryUtf8(string name, ReadOnlySpan<byte> bytes, ConfigErrors errors, out string text)
    {
        var characters = new char[bytes.Length];
        var status = Utf8.ToUtf16(bytes, characters, out var read, out var written, replaceInvalidSequences: false);
        text = new string(characters, 0, written);
        if (status == OperationStatus.Done)
            return true;

        errors.Add(Place.In(name, text, written), $"byte 0x{bytes[read]:X2} is not UTF-8; save the file as UTF-8 (it may be Windows-1252 or Latin-1)");
        return false;
    }

    private static bool TryUtf16(string name, ReadOnlySpan<byte> bytes, Encoding encoding, ConfigErrors errors, out string text)
    {
        // The decoder puts U+FFFD for half a character; nobody writes one by hand.
        text = encoding.GetString(bytes);
        var bad = text.AsSpan().IndexOfAny('\0', '\uFFFD');
        if (bad < 0)
            return true;

        errors.Add(Place.In(name, text, bad), "the file starts as UTF-16 and does not go on as such; save it as UTF-8");
        return false;
    }
}
