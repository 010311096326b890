using System.Text;
using System.Text.Json;
using Conpot.Pi.Events;
using Xunit;

namespace Conpot.Pi.Tests.Events;

/// <summary>Arrays in a line, whole and cut.</summary>
public class JsonLineListTests
{
    [Fact]
    public void Words_numbers_and_texts_stand_in_their_order()
    {
        var line = new JsonLine(new byte[512]);
        line.Open("a"u8);
        line.OpenList("none"u8);
        line.CloseList();
        line.OpenList("all"u8);
        line.WordItem("1.3.6"u8);
        line.NumberItem(-7);
        line.TextItem("a\"\nb"u8, 255);
        line.TextItem("long"u8, 2);
        line.CloseList();
        line.Number("n"u8, 1);
        line.Close();
        Assert.Equal("""{"a":{"none":[],"all":["1.3.6",-7,"a\"\u000ab","lo"],"n":1}}""" + "\n", Text(ref line));
    }

    [Fact]
    public void An_item_outside_a_list_is_nothing()
    {
        var line = new JsonLine(new byte[512]);
        line.WordItem("x"u8);
        line.NumberItem(1);
        line.TextItem("x"u8, 9);
        line.CloseList();
        Assert.Equal("{}\n", Text(ref line));
    }

    [Fact]
    public void Wherever_it_is_cut_it_stays_JSON()
    {
        for (var size = 70; size < 400; size++)
        {
            var buffer = new byte[size];
            var line = new JsonLine(buffer);
            line.Open("conpot"u8);
            line.OpenList("oids"u8);
            for (var i = 0; i < 8; i++) line.WordItem("1.3.6.1.2.1"u8);
            line.CloseList();
            line.OpenList("before"u8);
            for (var i = 0; i < 3; i++) line.TextItem("\u0001\u0002\u00ff"u8, 255);
            line.NumberItem(size);
            if (size % 2 == 0) line.CloseList();
            var root = JsonDocument.Parse(Text(ref line)).RootElement;
            var whole = root.TryGetProperty("conpot", out var conpot) && conpot.TryGetProperty("before", out var before) && before.GetArrayLength() == 4;
            Assert.True(whole || root.TryGetProperty("truncated", out _) || conpot.TryGetProperty("truncated", out _), $"{size}: {root}");
        }
    }

    private static string Text(ref JsonLine line)
    {
        line.Finish();
        return Encoding.ASCII.GetString(line.Bytes);
    }
}
