namespace Conpot.Pi.Protocols.Http;

/// <content>The values as cells of a page and as what keeps them moving there.</content>
internal sealed partial class StationSite
{
    /// <summary>ECMAScript 3 and XMLHttpRequest: panels' browsers of the time have no JSON object.</summary>
    private static ReadOnlySpan<byte> Poll => """
        function g(){var r=window.XMLHttpRequest?new XMLHttpRequest():new ActiveXObject("Microsoft.XMLHTTP");
        r.onreadystatechange=function(){if(r.readyState!=4)return;if(r.status==200){var d=window.JSON?JSON.parse(r.responseText):eval("("+r.responseText+")"),i,e,x;
        e=document.getElementById("st");e.innerHTML=d.s;e.className=d.r?"s":"s p";
        for(i=0;i<d.v.length;i++){x=d.v[i];e=document.getElementById("v"+x[0]);if(e){e.innerHTML=x[1];e.className=x[2];}
        e=document.getElementById("b"+x[0]);if(e)e.style.height=x[3]+"%";}}setTimeout(g,2000);};
        r.open("GET",u+"?"+new Date().getTime(),true);r.send(null);}setTimeout(g,2000);
        """u8;

    private void Script(scoped ref HtmlWriter html)
    {
        html.Raw("<script type=\"text/javascript\">\nvar u=\""u8);
        html.Raw(_data);
        html.Raw("\";"u8);
        html.Raw(Poll);
        html.Raw("</script>\n"u8);
    }

    /// <summary>{"r":1,"s":"CPU RUN ...","v":[[0,"2.31 m","",58],...]}: number, text, class, and per cent of a level.</summary>
    private void Data(scoped ref HtmlWriter json)
    {
        json.Raw(_cpu.Mode == Plc.OperatingMode.Run ? "{\"r\":1,\"s\":\""u8 : "{\"r\":0,\"s\":\""u8);
        State(ref json);
        json.Raw("\",\"v\":["u8);
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

    private void Cell(scoped ref HtmlWriter html, int index, scoped ReadOnlySpan<byte> before, scoped ReadOnlySpan<byte> after)
    {
        var value = _settings.Values[index];
        html.Raw(before);
        html.Number(index);
        html.Raw("\" class=\""u8);
        html.Raw(Class(value));
        html.Raw("\">"u8);
        Shown(ref html, value);
        html.Raw(after);
    }

    private ReadOnlySpan<byte> Class(HttpValue value) => value.Kind switch
    {
        HttpValueKind.Lamp => value.IsOn(_cpu.Image) ? "l on"u8 : "l"u8,
        HttpValueKind.Alarm => value.IsOn(_cpu.Image) ? "l al"u8 : "l"u8,
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
