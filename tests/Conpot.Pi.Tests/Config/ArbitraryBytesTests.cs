using System.Text;
using Conpot.Pi.Config;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Config;

/// <summary>A card's file may hold anything after a power cut or a slip of the mouse; it must end in messages, never in an exception.</summary>
public class ArbitraryBytesTests
{
    private const string Valid = """
        name = "pump-house-3"   # a comment
        [modbus]
        port = 502
        latency = "3ms..6ms"
        functions = [1, 2, 3,
          4]
        map = { from = 1, to = 2.5 }
        [[modbus.unit]]
        id = 2
        note = '''two
        lines'''
        [io]
        "I0.0" = "gpio 17 pull-up"
        AIW0 = 'sine 0..32000 period 60s'
        since = 2026-01-01T00:00:00Z
        """;

    private static readonly byte[] ValidBytes = Encoding.UTF8.GetBytes(Valid);

    // Bytes that mean something to TOML come up often, so that the mutations reach deep.
    private static readonly Gen<byte> Meaningful = Gen.OneOf(AnyOf("\"'[]{}=.,#\\\n\r\t +-_0123abctruenxX\u0000"u8.ToArray()), Gen.Byte);

    [Fact]
    public void Random_bytes_never_throw() => Meaningful.Array[0, 200].Sample(Survives, iter: 4000);

    [Fact]
    public void Random_text_of_toml_never_throws() =>
        AnyOf("a", "b = ", "[a]", "[[a]]", "\n", "\"", "'", "\"\"\"", "'''", "{", "}", "[", "]", ",", ".", "=", " ", "1", "true", "inf", "2026-01-01", "\\", "\\u12", "#", "é", "😀", "\u201C", "\r\n", "\r", "\u007F")
            .Array[0, 40].Sample(parts => Survives(Encoding.UTF8.GetBytes(string.Concat(parts))), iter: 4000);

    [Fact]
    public void A_valid_file_with_bytes_changed_never_throws() =>
        Gen.Select(Gen.Int[0, ValidBytes.Length - 1], Gen.Int[0, 12], Meaningful.Array[0, 6]).Array[1, 4].Sample(changes =>
        {
            var bytes = ValidBytes;
            foreach (var (at, removed, added) in changes)
                bytes = [.. bytes.Take(at), .. added, .. bytes.Skip(at + removed)];
            Survives(bytes);
        }, iter: 4000);

    [Fact]
    public void A_valid_file_cut_off_anywhere_never_throws()
    {
        for (var length = 0; length <= ValidBytes.Length; length++)
        {
            Survives(ValidBytes[..length]);
            Survives([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Valid)[..length]]);
        }
    }

    [Fact]
    public void Any_assignment_never_throws() =>
        AnyOf("a", "modbus", "port", ".", "=", "\"", "'", "[", "]", "{", "}", "1", " ", "\\", "\n", "\0", "#", ",", "unit", "\uD800")
            .Array[0, 20].Sample(parts =>
            {
                var file = ConfigFile.Parse("c.toml", ValidBytes, new ConfigErrors());
                file.Set(string.Concat(parts));
                Read(file);
            }, iter: 4000);

    [Fact]
    public void A_text_without_end_does_not_bury_the_remedy()
    {
        // Found by fuzzing.
        var sheet = new Sheet($"[journal]\ndirectory = \"{new string('x', 5000)}\"\n");
        _ = Conpot.Pi.Events.JournalSettings.Read(sheet.Root.Section("journal"), "/");
        Assert.StartsWith("conpot-pi.toml:2:13: 'directory' in [journal] is \"xxx", sheet.Message, StringComparison.Ordinal);
        Assert.EndsWith("write an absolute path, such as \"/var/lib/conpot-pi/journal\"", sheet.Message, StringComparison.Ordinal);
        Assert.InRange(sheet.Message.Length, 700, 900);
    }

    [Fact]
    public void Of_the_file_that_is_mutated_all_is_read()
    {
        var errors = new ConfigErrors();
        Read(ConfigFile.Parse("c.toml", ValidBytes, errors));
        Assert.Equal(
        [
            "c.toml:10:8: 'note' in [[modbus.unit]] holds the control character U+000A; remove it",
            "c.toml:15:9: 'since' in [io] is a date or time (2026-01-01T00:00:00Z); write it in quotes: \"2026-01-01T00:00:00Z\"",
        ], errors.InOrder.Select(e => e.ToString()));
    }

    private static Gen<T> AnyOf<T>(params T[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]);

    private static void Survives(byte[] bytes)
    {
        var errors = new ConfigErrors();
        Read(ConfigFile.Parse("c.toml", bytes, errors));
        Assert.All(errors.InOrder, e => Assert.False(e.ToString().Any(char.IsControl), e.ToString()));
        Assert.InRange(errors.InOrder.Count(e => e.Message.Length > 1000), 0, 0);
    }

    private static void Read(ConfigFile file)
    {
        var root = file.Root.Over(ConfigFile.Empty("profile", file.Errors).Root);
        root.Text("name", "");
        var modbus = root.Section("modbus");
        modbus.Integer("port", 502, 1, 65535);
        modbus.DurationRange("latency", default, TimeSpan.MaxValue);
        modbus.Integers("functions", 1, 255);
        modbus.Section("map").Integer("from", 0, 0, 9);
        modbus.Section("map").Number("to", 0, 0, 9);
        foreach (var unit in modbus.Sections("unit"))
        {
            unit.Size("id", 0, 0, 9);
            unit.Texts("note");
        }

        var io = root.Section("io");
        foreach (var key in io.Keys)
            io.Text(key, "");
        file.ReportUnread();
    }
}
