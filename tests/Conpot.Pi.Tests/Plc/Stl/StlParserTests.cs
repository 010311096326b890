using System.Text;
using Conpot.Pi.Plc.Stl;
using Xunit;

namespace Conpot.Pi.Tests.Plc.Stl;

/// <summary>What the parser takes, and what it says about what it does not.</summary>
public class StlParserTests
{
    [Theory]
    [InlineData("LD I0.0\n  FOO Q0.0", "test.awl:2:3: unknown mnemonic 'FOO'; did you mean FOR?")]
    [InlineData("LDX I0.0", "test.awl:1:1: unknown mnemonic 'LDX'; did you mean LD?")]
    [InlineData("LD I0.0\nun I0.1", "test.awl:2:1: 'un' is a German mnemonic; write AN")]
    [InlineData("LD I0.0\nUW>= VW0, 5", "'UW>=' is a German mnemonic; write AW>=")]
    [InlineData("LD I0.0\n, VW0", "test.awl:2:1: unknown mnemonic ''; write one in Siemens mnemonics")]
    [InlineData("LDW > VW0, 5", "test.awl:1:1: 'LDW' compares nothing; write the comparison behind it without a blank, as in LDW>= VW0, 5")]
    [InlineData("LD I0.0\nTON T33, 10s", "test.awl:2:10: TON: 10s is no constant for a word; write a number such as 100, -5, 16#FF, 2#1010 or 'A'; the preset of T33 is in counts of 10 ms")]
    [InlineData("LD I0.0\nJMP L1", "test.awl:2:5: JMP: 'L1' is not one of 0..255")]
    [InlineData("LD SM0.0\nPID VB0, 1", "test.awl:2:1: PID is an instruction of the S7-200 that this dialect does not have")]
    [InlineData("LD I0.0\nMOVW  VB3, VW4", "test.awl:2:7: MOVW: VB3 is a byte, and a word is wanted; write for example VW10")]
    [InlineData("LD I0.0\nMOVW VW3", "test.awl:2:1: MOVW takes 2 operands, here is 1; write MOVW word, word")]
    [InlineData("LD I0.0\nMOVB 256, VB0", "test.awl:2:6: MOVB: 256 does not fit; allowed: -128..255")]
    [InlineData("LD I0.0\nMOVW 16#FG, VW0", "test.awl:2:6: MOVW: 16#FG is no constant for a word")]
    [InlineData("LD I0.0\nMOVR 5, VD0", "MOVR: 5 is no constant for a real; write a real number with its point, such as 3.5")]
    [InlineData("LD I0.0\nMOVD &VB0, VD0", "test.awl:2:6: MOVD: '&VB0' is a pointer, which this dialect does not support")]
    [InlineData("LD I0.0\nMOVW 5, AIW0", "MOVW: AIW0 is an input and cannot be written; write to V or AQ")]
    [InlineData("LD I0.0\n= SM0.5", "=: SM0.5 belongs to the CPU itself (SM0.0..SM29.7); write to M or V")]
    [InlineData("LD I0.0\n= V10240.0", "'V10240.0' is beyond the V memory")]
    [InlineData("LDI Q0.0", "LDI: Q0.0 is no input")]
    [InlineData("LD S0.0", "'S0.0' is a sequence relay")]
    [InlineData("LD 1", "LD: 1 is a constant, and a bit is wanted; SM0.0 is always on")]
    [InlineData("LD L64.0", "'L64.0' is not in the local memory of a block")]
    [InlineData("LD SM0.0\nMOVW AC4, VW0", "'AC4' is no accumulator; there are AC0..AC3")]
    [InlineData("LD I0.0\nTON T5, 10", "test.awl:2:5: TON: T5 is for TONR only")]
    [InlineData("LD I0.0\nTONR T37, 10", "TONR: T37 cannot be retentive; for TONR there are T0..T31 and T64..T95")]
    [InlineData("LD I0.0\nTON T37, 10\nTOF T37, 10", "test.awl:3:5: TOF: T37 is a TON already; use another timer")]
    [InlineData("LD I0.0\nLD I0.1\nCTU C1, 1\nCTD C1, 1", "test.awl:4:5: CTD: C1 is counted by another instruction already")]
    [InlineData("LD I0.0\nTON C1, 10", "TON: C1 is no timer; write for example T37")]
    [InlineData("= Q0.0", "test.awl:1:1: = needs 1 level of the logic stack, and this network has loaded 0; begin with LD")]
    [InlineData("LD I0.0\nCTU C1, 1", "CTU needs 2 levels of the logic stack")]
    [InlineData("LD I0.0\nNETWORK\nA I0.1", "test.awl:3:1: A needs 1 level")]
    [InlineData("LD I0.0\nJMP 5", "test.awl:2:5: there is no LBL 5 in this block")]
    [InlineData("LBL 5\nLBL 5", "test.awl:2:5: LBL: label 5 stands in this block already")]
    [InlineData("LD I0.0\nLBL 5", "LBL stands in the middle of a network")]
    [InlineData("LBL 256", "LBL: '256' is not one of 0..255")]
    [InlineData("LD I0.0\nCALL SBR_1\nMEND\nSBR 0\nRET", "there is no subroutine SBR_1; did you mean SBR0?")]
    [InlineData("LD I0.0\nCALL SBR0, 5\nMEND\nSBR 0\nRET", "a call with parameters is not supported")]
    [InlineData("MEND\nSBR 0\nLD SM0.0\nCALL 0\nRET", "test.awl:4:6: calls nest more than 8 deep here, or go in a circle")]
    [InlineData("LD SM0.0\nFOR VW0, 1, 2", "FOR has no NEXT behind it")]
    [InlineData("NEXT", "NEXT has no FOR before it")]
    [InlineData("MEND\nLD I0.0", "stands behind the end of the block, and would never run")]
    [InlineData("ORGANIZATION_BLOCK MAIN:OB1\nLD I0.0", "test.awl:1:1: the block has no BEGIN")]
    [InlineData("LD \u001b[2J", "<U+001B>")]
    public void A_mistake_has_a_place_and_a_remedy(string text, string expected)
    {
        var (program, errors) = StlBench.Parse(text);
        Assert.Null(program);
        Assert.Contains(expected, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        var errors = StlBench.Parse("LD I0.9\n= X0.0\nFOO\nTON T37, 99999\nLDW= VB0, VD0").Errors;
        Assert.Equal(["1:4", "2:3", "3:1", "4:10", "5:6", "5:11"], errors.Select(e => string.Join(':', e.Split(':')[1..3])));
    }

    [Fact]
    public void Nine_levels_are_allowed_and_ten_are_not()
    {
        var nine = string.Concat(Enumerable.Repeat("LD I0.0\n", 9));
        Assert.Empty(StlBench.Parse(nine).Errors);
        Assert.Contains("test.awl:10:1: LPS would be level 10 of the logic stack, which has 9; begin each rung with a line NETWORK",
            Assert.Single(StlBench.Parse(nine + "LPS").Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void An_export_of_Micro_WIN_is_taken_as_it_is()
    {
        const string Export = """
            ORGANIZATION_BLOCK MAIN:OB1
            TITLE=PROGRAM COMMENTS
            Press F1 for help and example program
            VAR
            x:BOOL;
            END_VAR
            BEGIN
            Network 1 // St~rung
            // It's a comment
            LD     I0.0
            A	E0.1	// german letters
            CALL   PUMP
            END_ORGANIZATION_BLOCK
            SUBROUTINE_BLOCK PUMP:SBR0
            TITLE=SUBROUTINE COMMENTS
            BEGIN
            Network 1
            ld     sm0.0
            =      a0.0
            END_SUBROUTINE_BLOCK
            INTERRUPT_BLOCK INT_0:INT0
            BEGIN
            Network 1
            END_INTERRUPT_BLOCK
            """;
        foreach (var bytes in (byte[][])[
            Encoding.Latin1.GetBytes(Export.Replace('~', 'ö').Replace("\n", "\r\n", StringComparison.Ordinal)),
            [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Export)],
            [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Export.Replace('~', 'ö'))]])
        {
            var (program, errors) = StlBench.Parse(bytes);
            Assert.Empty(errors);
            Assert.Equal([Op.Load, Op.And, Op.Call, Op.End, Op.Load, Op.Output, Op.Return, Op.Return], program!.Code.Select(i => i.Op));
        }
    }

    [Fact]
    public void Size_is_bounded()
    {
        Assert.Contains("is this the right file?", Assert.Single(StlBench.Parse(new string(' ', StlProgram.MostBytes + 1)).Errors), StringComparison.Ordinal);
        Assert.Contains("the program has 16000 instructions; allowed: up to 8000",
            Assert.Single(StlBench.Parse(string.Concat(Enumerable.Repeat("WDR\n", 16000))).Errors), StringComparison.Ordinal);
    }
}
