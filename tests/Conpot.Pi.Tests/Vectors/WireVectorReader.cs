using System.Globalization;
using System.Text.RegularExpressions;

namespace Conpot.Pi.Tests.Vectors;

/// <summary>Reads the text of a .wire file, or says at which file:line it cannot be read and why.</summary>
internal static partial class WireVectorReader
{
    public static WireVector Read(string file, string text)
    {
        var reading = new Reading(file);
        var number = 0;
        foreach (var line in text.Split('\n'))
            reading.Take(++number, Comment().Replace(line, "").Trim());
        return reading.End();
    }

    /// <summary>The address behind this one: the next word or the next bit, as the S7-200 counts them.</summary>
    internal static string? Following(string address)
    {
        if (Word().Match(address) is { Success: true } word)
            return Invariant($"{word.Groups[1].Value}{Number(word.Groups[2].Value) + 2}");
        if (Bit().Match(address) is not { Success: true } bit)
            return null;
        var index = Number(bit.Groups[2].Value) * 8 + Number(bit.Groups[3].Value) + 1;
        return Invariant($"{bit.Groups[1].Value}{index / 8}.{index % 8}");
    }

    private static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    // A '#' begins a comment only at the start of a word: nothing in the format holds one otherwise.
    [GeneratedRegex(@"(^|\s)#.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^([A-Z]+W)(\d{1,5})$")]
    private static partial Regex Word();

    [GeneratedRegex(@"^([A-Z]+)(\d{1,5})\.([0-7])$")]
    private static partial Regex Bit();

    [GeneratedRegex(@"^((?:[0-9A-Fa-f]{2})+)(?:\*(\d{1,3}))?$")]
    private static partial Regex Bytes();

    [GeneratedRegex(@"^[a-z][a-z0-9]*\.[a-z_-]+$")]
    private static partial Regex EventAction();

    [GeneratedRegex("\\G\\s*([a-z][a-z0-9_.]*)=(?:\"([^\"]*)\"|([^\\s\"]+))(?=\\s|$)")]
    private static partial Regex EventField();

    /// <summary>The state of reading: the header, the finished cases, and the one under way.</summary>
    private sealed class Reading(string file)
    {
        private readonly List<WireSetting> _settings = [];
        private readonly List<WireCase> _cases = [];
        private readonly List<WireValue> _presets = [];
        private readonly List<WireExchange> _exchanges = [];
        private readonly List<WireValue> _expectations = [];
        private readonly List<WireEvent> _events = [];
        private readonly List<byte> _sent = [];
        private readonly List<byte> _expected = [];
        private string _profile = "s7-200";
        private string? _name;
        private string? _mode;
        private int _caseLine;
        private int _exchangeLine;
        private char _last;
        private Reply _reply;

        /// <summary>What the file has said so far about the answer to the bytes sent last.</summary>
        private enum Reply { None, Awaited, Bytes, Nothing, Close }

        public void Take(int line, string text)
        {
            if (text.Length == 0)
                return;
            if (text.StartsWith("---", StringComparison.Ordinal))
                BeginCase(line, text[3..].Trim());
            else if (text[0] == '>')
                Send(line, text[1..]);
            else if (text[0] == '<')
                Expect(line, text[1..].Trim());
            else if (text == "close")
                Close(line);
            else
                Directive(line, text);
            _last = text[0];
        }

        public WireVector End()
        {
            EndCase();
            if (_cases.Count == 0)
                throw Error(1, "the file has no case; a case begins with '--- its name'");
            return new WireVector(file, _profile, _settings, _cases);
        }

        private void BeginCase(int line, string name)
        {
            EndCase();
            if (name.Length == 0)
                throw Error(line, "the case has no name; write it behind '---'");
            if (_cases.Any(c => c.Name == name))
                throw Error(line, $"the case '{name}' exists already in this file; names are what a failing test is found by");
            (_name, _caseLine, _mode) = (name, line, null);
        }

        private void EndCase()
        {
            if (_name is null)
                return;
            EndExchange();
            if (_exchanges.Count == 0)
                throw Error(_caseLine, $"the case '{_name}' sends nothing");
            _cases.Add(new WireCase(file, _caseLine, _name, _mode, [.. _presets], [.. _exchanges], [.. _expectations], [.. _events]));
            _presets.Clear();
            _exchanges.Clear();
            _expectations.Clear();
            _events.Clear();
            _name = null;
        }

        private void Send(int line, string hex)
        {
            RequireCase(line);
            if (_last != '>')
            {
                EndExchange();
                _exchangeLine = line;
                _reply = Reply.Awaited;
            }
            AddBytes(line, hex, _sent);
        }

        private void Expect(int line, string hex)
        {
            if (_reply is Reply.None or Reply.Nothing or Reply.Close)
                throw Error(line, "a reply without a request before it");
            if (hex == "nothing" && _reply == Reply.Bytes)
                throw Error(line, "'nothing' after bytes; leave it out");
            _reply = hex == "nothing" ? Reply.Nothing : Reply.Bytes;
            if (_reply == Reply.Bytes)
                AddBytes(line, hex, _expected);
        }

        private void Close(int line)
        {
            if (_reply is Reply.None or Reply.Close)
                throw Error(line, "'close' without a request before it");
            _reply = Reply.Close;
        }

        private void EndExchange()
        {
            if (_reply == Reply.None)
                return;
            if (_reply == Reply.Awaited)
                throw Error(_exchangeLine, "what must come back is missing; write '< bytes', '< nothing' or 'close'");
            _exchanges.Add(new WireExchange(_exchangeLine, [.. _sent], [.. _expected], _reply == Reply.Close));
            _sent.Clear();
            _expected.Clear();
            _reply = Reply.None;
        }

        private void Directive(int line, string text)
        {
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            var (keyword, value) = colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..].Trim());
            switch (keyword)
            {
                case "profile":
                case "set":
                    if (_name is not null || _cases.Count > 0)
                        throw Error(line, $"'{keyword}:' holds for the whole file and stands before its first case");
                    if (keyword == "profile")
                        _profile = value;
                    else
                        _settings.Add(new WireSetting(Assignment(line, value).Left, Assignment(line, value).Right));
                    break;
                case "plc":
                    RequireCase(line);
                    if (_reply != Reply.None)
                        throw Error(line, "a preset stands before the first request of its case");
                    if (Assignment(line, value) is { Left: "mode" } mode)
                        _mode = mode.Right is "RUN" or "STOP" ? mode.Right : throw Error(line, $"mode '{mode.Right}'; RUN or STOP");
                    else
                        AddValues(line, value, _presets);
                    break;
                case "expect":
                    RequireCase(line);
                    AddValues(line, value, _expectations);
                    break;
                case "event":
                    RequireCase(line);
                    _events.Add(Event(line, value));
                    break;
                default:
                    throw Error(line, $"'{keyword}' is not understood; a line begins with profile: set: --- plc: > < close expect: event: or #");
            }
        }

        private void RequireCase(int line)
        {
            if (_name is null)
                throw Error(line, "stands before the first case; a case begins with '--- its name'");
        }

        private (string Left, string Right) Assignment(int line, string text)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1 || text[(equals + 1)..].Trim().Length == 0)
                throw Error(line, $"'{text}' is not 'name = value'");
            return (text[..equals].Trim(), text[(equals + 1)..].Trim());
        }

        private void AddValues(int line, string text, List<WireValue> values)
        {
            var (address, list) = Assignment(line, text);
            foreach (var item in list.Split(',', StringSplitOptions.TrimEntries))
            {
                var following = Following(address) ?? throw Error(line, $"'{address}' is neither a word (VW1000, AIW20) nor a bit (Q8.0)");
                var hexadecimal = item.StartsWith("0x", StringComparison.Ordinal);
                var style = hexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
                var most = Word().IsMatch(address) ? 65535 : 1;
                if (!int.TryParse(hexadecimal ? item[2..] : item, style, CultureInfo.InvariantCulture, out var value) || value < 0 || value > most)
                    throw Error(line, $"'{item}' is no value for {address}; 0 to {most}, or 0x and hexadecimal digits");
                values.Add(new WireValue(line, address, value));
                address = following;
            }
        }

        private void AddBytes(int line, string hex, List<byte> bytes)
        {
            foreach (var token in hex.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            {
                if (Bytes().Match(token) is not { Success: true } match)
                    throw Error(line, $"'{token}' is not hexadecimal; two digits a byte, 'bytes*n' for a repetition");
                var once = Convert.FromHexString(match.Groups[1].Value);
                for (var times = match.Groups[2].Success ? Number(match.Groups[2].Value) : 1; times > 0; times--)
                    bytes.AddRange(once);
            }
            if (bytes.Count == 0)
                throw Error(line, "no bytes");
        }

        private WireEvent Event(int line, string text)
        {
            var blank = text.IndexOf(' ', StringComparison.Ordinal);
            var action = blank < 0 ? text : text[..blank];
            if (!EventAction().IsMatch(action))
                throw Error(line, $"'{action}' is no event action; e.g. modbus.read");
            var fields = new Dictionary<string, string>();
            var place = action.Length;
            while (place < text.Length)
            {
                if (EventField().Match(text, place) is not { Success: true } match)
                    throw Error(line, $"'{text[place..].Trim()}' is not key=value; values with blanks stand in double quotes");
                if (!fields.TryAdd(match.Groups[1].Value, match.Groups[2].Success ? match.Groups[2].Value : match.Groups[3].Value))
                    throw Error(line, $"'{match.Groups[1].Value}' stands twice");
                place = match.Index + match.Length;
            }
            return new WireEvent(line, action, fields);
        }

        private FormatException Error(int line, string fact) => new($"{file}:{line}: {fact}");
    }
}
