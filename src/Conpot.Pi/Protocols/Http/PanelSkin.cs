using System.Text;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Http;

/// <summary>The panel's own names and measures: what style, markup, script and values share, so that one hash or search text does not find all sensors.</summary>
/// <remarks>In a text of ours <c>$a</c> to <c>$z</c> stand for names and <c>$A</c> to <c>$F</c> for measures; each text is filled in once.</remarks>
internal sealed class PanelSkin
{
    private static readonly string[] Endings = ["", "_", "x", "0", "1", "2", "3", "4", "5", "7", "8", "10", "t", "b", "w", "el", "c", "q"];
    private static readonly string[] Grounds = ["#e4e7e9", "#e8e8e4", "#dfe4e8", "#ececec", "#e6ebe6", "#d9dde0"], Goods = ["#1d7a33", "#0a7d2c", "#2e8b3d", "#157a45"], Bads = ["#b00020", "#c11", "#a8071a", "#b71c1c"];

    private readonly string[] _names = new string[26], _measures;

    public PanelSkin(DeviceSeed seed)
    {
        var draw = seed.Stream("http skin");
        // A letter each, so that no two are equal; with these endings none is a word of the script's language.
        Span<char> letters = stackalloc char[26];
        for (var i = 0; i < letters.Length; i++) letters[i] = (char)('a' + i);
        for (var i = letters.Length - 1; i > 0; i--)
        {
            var other = draw.Next(i + 1);
            (letters[i], letters[other]) = (letters[other], letters[i]);
        }
        var ending = Endings[draw.Next(Endings.Length)];
        for (var i = 0; i < _names.Length; i++) _names[i] = letters[i] + (draw.Next(3) == 0 ? Endings[draw.Next(Endings.Length)] : ending);
        _measures = [$"{880 + draw.Next(101)}", $"{100 + draw.Next(41)}", $"{160 + draw.Next(51)}", Grounds[draw.Next(Grounds.Length)], Goods[draw.Next(Goods.Length)], Bads[draw.Next(Bads.Length)]];
    }

    /// <summary>One of our texts as this panel has it.</summary>
    public byte[] Fill(string text)
    {
        var filled = new StringBuilder(text.Length + 64);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$') filled.Append(text[i]);
            else filled.Append(char.IsAsciiLetterLower(text[++i]) ? _names[text[i] - 'a'] : _measures[text[i] - 'A']);
        }
        return Encoding.UTF8.GetBytes(filled.ToString());
    }
}
