namespace Conpot.Pi.Protocols.Http;

/// <content>The values as cells of a page and as what keeps them moving there.</content>
internal sealed partial class StationSite
{
    /// <summary>ECMAScript 3 and XMLHttpRequest: panels' browsers of the time have no JSON object.</summary>
    private const string PollText = """
        function $j($i,$x){var $e=document.getElementById($i+$x[0]);if($e){$e.innerHTML=$x[1];$e.className=$x[2];}return $e;}
        function $g(){var $h=window.XMLHttpRequest?new XMLHttpRequest():new ActiveXObject("Microsoft.XMLHTTP");
        $h.onreadystatechange=function(){if($h.readyState!=4)return;if($h.status==200){var $d=window.JSON?JSON.parse($h.responseText):eval("("+$h.responseText+")"),$i,$e,$x,$k;
        $e=document.getElementById("$t");$e.innerHTML=$d.$y;$e.className=$d.$r?"$s":"$s $p";
        for($i=0;$i<$d.$z.length;$i++){$x=$d.$z[$i];$j("$w",$x);
        for($k=0;$j("$q"+$k+"_",$x);$k++);
        $e=document.getElementById("$b"+$x[0]);if($e)$e.style.height=$x[3]+"%";}}setTimeout($g,2000);};
        $h.open("GET",$u+"?"+new Date().getTime(),true);$h.send(null);}setTimeout($g,2000);
        """;

    private void Script(scoped ref HtmlWriter html)
    {
        html.Raw(_script);
        html.Raw(_data);
        html.Raw("\";"u8);
        html.Raw(_poll);
        html.Raw("</script>\n"u8);
    }

    /// <summary>{"r":1,"s":"CPU RUN ...","v":[[0,"2.31 m","",58],...]}, its names the skin's: number, text, class, and per cent of a level.</summary>
    private void Data(scoped ref HtmlWriter json)
    {
        json.Raw(_cpu.Mode == Plc.OperatingMode.Run ? _dataRun : _dataStop);
        State(ref json);
        json.Raw(_dataValues);
        var first = true;
        for (var i = 0; i < _settings.Values.Count; i++)
        {
            var value = _settings.Values[i];
            if (value.Kind is HttpValueKind.SetPoint or HttpValueKind.Button) continue;
            json.Raw(first ? "["u8 : ",["u8);
            first = false;
            json.Number(i);
            json.Raw(",\""u8);
            Shown(ref json, value);
            json.Raw("\",\""u8);
            json.Raw(Class(value));
            json.Raw("\","u8);
            json.Number(value.Kind == HttpValueKind.Level ? Percent(value) : 0);
            json.Raw("]"u8);
        }
        json.Raw("]}\n"u8);
    }

    /// <param name="before">How it begins: in a table, or in a picture.</param>
    /// <param name="which">In a picture: how often the value was drawn before. It stands in front of the value's own number, as the script counts it up.</param>
    private void Cell(scoped ref HtmlWriter html, scoped ReadOnlySpan<byte> before, int index, scoped ReadOnlySpan<byte> after, int which = -1)
    {
        var value = _settings.Values[index];
        html.Raw(before);
        if (which >= 0)
        {
            html.Number(which);
            html.Raw("_"u8);
        }
        html.Number(index);
        html.Raw("\" class=\""u8);
        html.Raw(Class(value));
        html.Raw("\">"u8);
        Shown(ref html, value);
        html.Raw(after);
    }

    private ReadOnlySpan<byte> Class(HttpValue value) => value.Kind switch
    {
        HttpValueKind.Lamp => value.IsOn(_cpu.Image) ? _lampOn : _lamp,
        HttpValueKind.Alarm => value.IsOn(_cpu.Image) ? _lampAlarm : _lamp,
        _ => ""u8,
    };

    /// <summary>As text that is safe in a page, and in a JSON string: quotes are entities, and settings hold no control characters; a backslash is left out.</summary>
    private void Shown(scoped ref HtmlWriter html, HttpValue value)
    {
        if (value.IsBit)
        {
            html.Text((value.IsOn(_cpu.Image) ? value.On : value.Off).Replace("\\", "", StringComparison.Ordinal));
            return;
        }
        html.Decimal(value.Read(_cpu.Image), value.Decimals);
        html.Raw(" "u8);
        html.Text(value.Unit.Replace("\\", "", StringComparison.Ordinal));
    }

    private int Percent(HttpValue value) => (int)Math.Clamp(100 * (value.Read(_cpu.Image) - value.Minimum) / (value.Maximum - value.Minimum), 0, 100);
}
