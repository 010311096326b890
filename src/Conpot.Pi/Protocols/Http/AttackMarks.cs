using System.Text;

namespace Conpot.Pi.Protocols.Http;

/// <summary>What known attacks and scanners have in their requests: found after undoing percent coding and case.</summary>
internal static class AttackMarks
{
    /// <summary>Where marks are looked for: the front of a request, decoded.</summary>
    public const int Looked = 8 * 1024;

    /// <summary>Lower-case marks, and the name of the attack. The first that is found is told.</summary>
    private static readonly (byte[] Mark, byte[] Name)[] Attacks = Table(
        ("${jndi:", "log4shell"), ("${${", "log4shell"), ("() {", "shellshock"), ("../", "path traversal"), ("..\\", "path traversal"), ("/etc/passwd", "path traversal"),
        ("/boaform", "boaform"), ("/goform/", "goform"), ("/gponform", "gpon"), ("/hnap1", "hnap"), ("/ctrlt/", "huawei hg532"), ("/picdesc.xml", "realtek upnp"),
        ("/setup.cgi?next_file=netgear", "netgear"), ("/shell?", "jaws dvr"), ("/tmunblock.cgi", "linksys"), ("/hndunblock.cgi", "linksys"), ("/device.rsp", "tbk dvr"),
        ("/language/swedish${ifs}", "dvr"), ("/cgi-bin/luci", "luci"), ("/cgi-bin/;", "command injection"), ("/cgi-bin/.%", "path traversal"),
        ("wget ", "command injection"), ("wget${ifs}", "command injection"), ("curl ", "command injection"), (";curl", "command injection"), ("busybox", "command injection"),
        ("/bin/sh", "command injection"), ("|sh", "command injection"), ("chmod ", "command injection"), ("rm -rf", "command injection"), ("${ifs}", "command injection"),
        ("phpunit", "phpunit"), ("thinkphp", "thinkphp"), ("invokefunction", "thinkphp"), ("allow_url_include", "php"), ("auto_prepend_file", "php"), ("php://", "php"), ("<?php", "php"),
        ("/phpmyadmin", "phpmyadmin"), ("/wp-login", "wordpress"), ("/wp-admin", "wordpress"), ("/xmlrpc.php", "wordpress"), ("/.env", "secrets"), ("/.git/", "secrets"), ("/.aws/", "secrets"),
        ("/actuator", "spring"), ("class.module.classloader", "spring"), ("/solr/", "solr"), ("/manager/html", "tomcat"), ("/jmx-console", "jboss"), ("/wls-wsat", "weblogic"),
        ("/_async/asyncresponseservice", "weblogic"), ("%{(#", "struts"), ("redirect:${", "struts"), ("/owa/auth", "exchange"), ("/autodiscover", "exchange"), ("/mgmt/tm/", "f5"),
        ("/tmui/", "f5"), ("/vpns/", "citrix"), ("/dana-na/", "pulse"), ("/remote/fgt_lang", "fortinet"), ("/system.ini?loginuse", "ip camera"), ("/onvif-http/snapshot", "hikvision"),
        ("/sdk/weblanguage", "hikvision"), ("/setup/setupadministrator", "confluence"), ("/geoserver/", "geoserver"), ("/nas_sharing.cgi", "d-link nas"), ("/cgi-bin/viewlog.asp", "zyxel"),
        ("/cgi-bin/supervisor/", "avtech"), ("/api/v1/totp/", "ivanti"), ("/level/15/exec", "cisco ios"), ("/webui_wsma_http", "cisco ios"), ("/ud/act?1", "tr-064"), ("<script", "script injection"), ("union select", "sql injection"), ("' or '1'='1", "sql injection"), ("<!entity", "xml entity"));

    /// <summary>Paths that only somebody asks for who wants to know which device this is (WIRE 4, and what scanners of controllers and nmap ask).</summary>
    private static readonly (byte[] Mark, byte[] Name)[] Scanners = Table(
        ("/portal0000.htm", "simatic cp"), ("/portal1000.htm", "simatic cp"), ("/portal/portal.mwsl", "s7-1200"), ("/default.mwsl", "s7-1200"), ("/css/miniweb.css", "s7-1200"),
        ("/s7web.css", "simatic cp"), ("/docs/cplugerror.html", "simatic cp"), ("/__additional", "simatic it-cp"), ("/home/start.htm", "simatic it-cp"), ("/index.asp?login", "gateway"),
        ("/nmaplowercheck", "nmap"), ("/nice ports,/tri", "nmap"), ("/sdk", "nmap"), ("/evox/about", "nmap"), ("/hmi_login", "hmi"), ("/webvisu.htm", "codesys"), ("/wmi/", "wago"),
        ("/secure/system", "schneider"), ("/rokform/", "rockwell"), ("/dataset/", "controller"), ("/cgi/get_param", "controller"));

    /// <param name="text">From <see cref="Normalise"/>.</param>
    /// <returns>The attack's name, or empty.</returns>
    public static ReadOnlySpan<byte> Attack(ReadOnlySpan<byte> text) => Find(Attacks, text);

    /// <param name="text">The path, from <see cref="Normalise"/>.</param>
    /// <returns>What the scanner looks for, or empty.</returns>
    public static ReadOnlySpan<byte> Scanner(ReadOnlySpan<byte> text) => Find(Scanners, text);

    /// <summary>Lower case, percent coding and the plus for a blank undone.</summary>
    public static Span<byte> Normalise(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        var decoded = destination[..FormFields.Decode(text, destination, plusIsBlank: true)];
        foreach (ref var b in decoded)
            if (b is >= (byte)'A' and <= (byte)'Z') b |= 0x20;
        return decoded;
    }

    private static ReadOnlySpan<byte> Find((byte[] Mark, byte[] Name)[] table, ReadOnlySpan<byte> text)
    {
        foreach (var (mark, name) in table)
            if (text.IndexOf(mark) >= 0) return name;
        return [];
    }

    private static (byte[] Mark, byte[] Name)[] Table(params (string Mark, string Name)[] rows) =>
        [.. rows.Select(r => (Encoding.ASCII.GetBytes(r.Mark), Encoding.ASCII.GetBytes(r.Name)))];
}
